"""`evaluate`: a model's predictions measured, with the measures, a confusion matrix and a table in the run."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import pyfunc, registry
from jupyter_tracker.flavors.pyfunc import PyFuncModel
from jupyter_tracker.tracking import datasets, files, values
from jupyter_tracker.tracking.runs import current_or_new

MODEL_TYPES = ("classifier", "regressor")
TABLE_FILE = "eval_results_table.json"
MATRIX_FILE = "confusion_matrix.json"
MATRIX_PICTURE = "confusion_matrix.png"
_PREDICTIONS = "outputs"
_MAX_TABLE_ROWS = 10_000
_MAX_DRAWN_LABELS = 50


@dataclass(frozen=True)
class EvaluationResult:
    """What `evaluate` found.

    Attributes
    ----------
    metrics : dict
        Name → value, as the run has them.
    tables : dict
        ``eval_results_table``: the input with targets and predictions, as a DataFrame.
    artifacts : dict
        Name → file among the run's files.
    """

    metrics: dict[str, float]
    tables: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)


def evaluate(
    model: Any = None,
    data: Any = None,
    *,
    model_type: str | None = None,
    targets: Any = None,
    predictions: str | None = None,
    feature_names: Sequence[str] | None = None,
    evaluators: Any = None,  # noqa: ARG001 - MLflow's names, these two
    evaluator_config: Mapping[str, Any] | None = None,  # noqa: ARG001
    extra_metrics: Sequence[Callable[..., Any]] | None = None,
    model_id: str | None = None,
    trust: bool = False,
    **others: Any,
) -> EvaluationResult:
    """Let a model predict, measure how well it did, and log that to the active run.

    Parameters
    ----------
    model : str, PyFuncModel, estimator, callable, optional
        A model's URI, a model, or a function of the input; left out where `predictions` names a column.
    data : DataFrame or array
        What it predicts from; a DataFrame may hold the targets, too.
    model_type : str, optional
        ``classifier`` or ``regressor``: which measures there are.
    targets : str or array
        The true values, or the column with them.
    predictions : str, optional
        A column with predictions that were made before.
    feature_names : sequence of str, optional
        Names of an array's columns.
    evaluators, evaluator_config : optional
        Accepted for MLflow's sake: there is one evaluator, and it has no settings.
    extra_metrics : sequence of callable, optional
        Functions (targets, predictions) → number, logged under their names.
    model_id : str, optional
        The logged model that is measured; that of `model` where left out.
    trust : bool
        As for `pyfunc.load_model`.
    **others
        Other arguments of MLflow's, which are refused by name; ``env_manager="local"`` is what is done anyway.

    Returns
    -------
    EvaluationResult
        Its `metrics` are in the run as well, with the model and the data set; a table of all predictions and, for
        a classifier, the confusion matrix are among the run's files.

    Raises
    ------
    InvalidParameterError
        Targets or predictions are missing, differ in length, or are none of this `model_type`.

    Examples
    --------
    >>> import pandas as pd
    >>> import jupyter_tracker as tracker
    >>> data = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.5]})
    >>> with tracker.start_run():
    ...     result = tracker.evaluate(lambda frame: 2 * frame["x"], data, targets="y", model_type="regressor")
    >>> result.metrics["max_error"]
    0.5
    """
    unknown = [
        name for name, value in others.items() if value is not None and (name, value) != ("env_manager", "local")
    ]
    if unknown:
        raise InvalidParameterError(
            f"evaluate has no {', '.join(unknown)}: it lets the model predict here, as it is loaded. Measures "
            "of your own are extra_metrics; files are kept by log_artifact."
        )
    if model_type is not None and model_type not in MODEL_TYPES:
        raise InvalidParameterError(f"model_type {model_type!r} is not one of {', '.join(MODEL_TYPES)}.")
    if (model is None) == (predictions is None):
        raise InvalidParameterError("Give either a model, or predictions (the column that has them).")
    frame, truth = _taken_apart(data, targets, predictions, feature_names)
    loaded = pyfunc.load_model(model, trust=trust) if isinstance(model, str) else model
    found = _column(data, predictions) if predictions is not None else _flat(_predict(loaded, frame))
    _check(model_type, truth, found)
    metrics = _measured(model_type, truth, found, _scores(loaded, frame, model_type), extra_metrics or ())
    return _logged(metrics, frame, truth, found, model_type, model_id or getattr(loaded, "model_id", None))


def _check(model_type: str | None, truth: Any, found: Any) -> None:
    """Refuse what cannot be measured, before scikit-learn says so in words that are about something else."""
    import pandas as pd

    if truth is None:
        if model_type is not None:
            raise InvalidParameterError(f"A {model_type} is measured against targets: give targets.")
        return
    if len(truth) != len(found):
        raise InvalidParameterError(f"There are {len(truth)} targets and {len(found)} predictions.")
    if model_type is None:
        return
    for what, rows in (("target", truth), ("prediction", found)):
        several = next((each for each in rows if isinstance(each, list | tuple | dict)), None)
        if several is not None:
            raise InvalidParameterError(
                f"A {model_type} is measured by one {what} a row, and one row has {str(several)[:50]}. Where these are "
                "probabilities, let the model give the class."
            )
        missing = int(pd.isna(pd.Series(rows, dtype=object)).sum())
        if missing:
            raise InvalidParameterError(f"{missing} of {len(rows)} {what}s are missing: leave those rows out.")
        odd = next((each for each in rows if model_type == "regressor" and isinstance(each, str)), None)
        if odd is not None:
            raise InvalidParameterError(f"A regressor is measured by numbers, and one {what} is {odd!r}.")


def _taken_apart(data: Any, targets: Any, predictions: str | None, names: Sequence[str] | None) -> tuple[Any, Any]:
    """Return the features and the true values."""
    import pandas as pd

    if data is None:
        raise InvalidParameterError("Give the data to evaluate on.")
    frame = data if isinstance(data, pd.DataFrame) else data.to_pandas() if hasattr(data, "to_pandas") else None
    if frame is None:
        if isinstance(targets, str):
            raise InvalidParameterError(f"targets={targets!r} names a column, and the data is no table.")
        frame = pd.DataFrame(data)
        frame = frame.set_axis(list(names), axis=1) if names is not None else frame
        return (frame if names is not None else data), None if targets is None else _flat(targets)
    truth = None if targets is None else _column(frame, targets) if isinstance(targets, str) else _flat(targets)
    used = [name for name in (targets, predictions) if isinstance(name, str)]
    return frame.drop(columns=used), truth


def _column(frame: Any, name: str) -> list[Any]:
    if name not in getattr(frame, "columns", ()):
        there = ", ".join(map(repr, getattr(frame, "columns", ()))) or "none"
        raise InvalidParameterError(f"There is no column {name!r}; the data's columns are: {there}.")
    return _flat(frame[name])


def _predict(model: Any, frame: Any) -> Any:
    if isinstance(model, PyFuncModel):
        return model.predict(frame)
    flavor = registry.flavor_of(model)
    if flavor is not None and flavor.NAME != "custom":
        return flavor.predictor_of(model, {})(frame)
    if callable(getattr(model, "predict", None)):
        return model.predict(frame)
    if callable(model):
        return model(frame)
    raise InvalidParameterError(f"A {type(model).__name__} cannot predict: give a URI, a model or a function.")


def _flat(values: Any) -> list[Any]:
    """Return predictions or targets as a list: of the one column where it is a table."""
    if hasattr(values, "columns"):
        values = values.iloc[:, 0]
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    if hasattr(values, "reshape") and getattr(values, "ndim", 1) == 2 and values.shape[1] == 1:
        values = values.reshape(-1)
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _scores(model: Any, frame: Any, model_type: str | None) -> Any:
    """Return the probabilities of the second of two classes, where the model gives any; else None."""
    raw = model
    if isinstance(model, PyFuncModel):
        raw = model.get_raw_model() if registry.flavor_of_loader(model.loader_module) is not None else None
        frame = model.enforced(frame)  # columns that are not the model's are dropped, as when it predicts
    if model_type != "classifier" or not hasattr(raw, "predict_proba"):
        return None
    found = raw.predict_proba(frame)
    return found[:, 1] if getattr(found, "ndim", 0) == 2 and found.shape[1] == 2 else None


def _measured(
    model_type: str | None, truth: Any, found: Any, scores: Any, extra: Sequence[Callable[..., Any]]
) -> dict[str, float]:
    metrics: dict[str, float] = {"example_count": float(len(found))}
    if model_type == "regressor":
        metrics |= _of_regressor(truth, found)
    if model_type == "classifier":
        metrics |= _of_classifier(truth, found, scores)
    for function in extra:
        name = getattr(function, "__name__", type(function).__name__)
        metrics[name] = float(function(truth, found))
    return {name: value for name, value in metrics.items() if not math.isnan(value)}


def _of_regressor(truth: Any, found: Any) -> dict[str, float]:
    measures = importlib.import_module("sklearn.metrics")
    squared = float(measures.mean_squared_error(truth, found))
    return {
        "mean_absolute_error": float(measures.mean_absolute_error(truth, found)),
        "mean_squared_error": squared,
        "root_mean_squared_error": math.sqrt(squared),
        "mean_absolute_percentage_error": float(measures.mean_absolute_percentage_error(truth, found)),
        "r2_score": float(measures.r2_score(truth, found)) if len(truth) > 1 else math.nan,
        "max_error": float(measures.max_error(truth, found)),
        "sum_on_target": float(sum(truth)),
        "mean_on_target": float(sum(truth) / len(truth)),
    }


def _of_classifier(truth: Any, found: Any, scores: Any) -> dict[str, float]:
    measures = importlib.import_module("sklearn.metrics")
    labels = sorted(set(truth) | set(found), key=str)
    binary = len(labels) <= 2
    # Of two classes the second is the one that is looked for, as in scikit-learn; of more, all by their share.
    how: dict[str, Any] = {"average": "binary", "pos_label": labels[-1]} if binary else {"average": "weighted"}
    metrics = {
        "accuracy_score": float(measures.accuracy_score(truth, found)),
        "precision_score": float(measures.precision_score(truth, found, zero_division=0, **how)),
        "recall_score": float(measures.recall_score(truth, found, zero_division=0, **how)),
        "f1_score": float(measures.f1_score(truth, found, zero_division=0, **how)),
    }
    if binary and len(labels) == 2:
        (tn, fp), (fn, tp) = measures.confusion_matrix(truth, found, labels=labels).tolist()
        metrics |= {"true_negatives": tn, "false_positives": fp, "false_negatives": fn, "true_positives": tp}
    if scores is not None and len(set(truth)) == 2:
        metrics |= {
            "roc_auc": float(measures.roc_auc_score(truth, scores)),
            "log_loss": float(measures.log_loss(truth, scores)),
            "precision_recall_auc": float(measures.average_precision_score(truth, scores, pos_label=labels[-1])),
        }
    return {name: float(value) for name, value in metrics.items()}


def _logged(
    metrics: dict[str, float], frame: Any, truth: Any, found: Any, model_type: str | None, model_id: str | None
) -> EvaluationResult:
    import pandas as pd

    entry = current_or_new()
    table = frame.copy() if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
    table.columns = [str(name) for name in table.columns]
    dataset = datasets.from_pandas(table, name="evaluation")
    datasets.log_input(dataset, context="eval")
    if truth is not None:
        table["target"] = truth
    table[_PREDICTIONS] = found
    values.log_metrics(metrics, run_id=entry.run_id, model_id=model_id, dataset=dataset)
    files.log_table(table.head(_MAX_TABLE_ROWS), TABLE_FILE, run_id=entry.run_id)
    artifacts = {"eval_results_table": TABLE_FILE}
    if model_type == "classifier":
        artifacts |= _log_matrix(truth, found, entry.run_id)
    return EvaluationResult(metrics, {"eval_results_table": table}, artifacts)


def _log_matrix(truth: Any, found: Any, run_id: str) -> dict[str, str]:
    labels = sorted(set(truth) | set(found), key=str)
    matrix = importlib.import_module("sklearn.metrics").confusion_matrix(truth, found, labels=labels).tolist()
    content: Mapping[str, Any] = {"labels": labels, "rows_are": "targets", "matrix": matrix}
    files.log_dict(content, MATRIX_FILE, run_id=run_id)
    artifacts = {"confusion_matrix": MATRIX_FILE}
    figure = _drawn(matrix, labels) if len(labels) <= _MAX_DRAWN_LABELS else None
    if figure is not None:
        files.log_figure(figure, MATRIX_PICTURE)
        artifacts["confusion_matrix_picture"] = MATRIX_PICTURE
    return artifacts


def _drawn(matrix: Sequence[Sequence[int]], labels: Sequence[Any]) -> Any:
    """Return the matrix as a picture, None where matplotlib is not installed."""
    try:
        figure = importlib.import_module("matplotlib.figure").Figure(layout="constrained")
    except ImportError:
        return None
    axes = figure.add_subplot()
    axes.imshow(matrix, cmap="Blues")
    most = max(map(max, matrix))
    for row, counts in enumerate(matrix):
        for column, count in enumerate(counts):
            axes.text(column, row, count, ha="center", va="center", color="white" if count > most / 2 else "black")
    axes.set_xticks(range(len(labels)), [str(label) for label in labels])
    axes.set_yticks(range(len(labels)), [str(label) for label in labels])
    axes.set_xlabel("prediction")
    axes.set_ylabel("target")
    return figure
