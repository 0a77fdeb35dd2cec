"""How well a model does on what it was fitted on: numbers, a confusion matrix and curves.

A model that predicts slowly is asked about a random part of the data: logging must not take longer than the fit
itself.
"""

from __future__ import annotations

import time
from typing import Any, Final

from jupyter_tracker.autologging._patching import attempt
from jupyter_tracker.autologging.pictures import charts
from jupyter_tracker.autologging.sklearn.fit import Fit
from jupyter_tracker.autologging.sklearn.ranking import Ranking

_NAME: Final = "sklearn"
_TRIED_ROWS: Final = 500
_PATIENCE_S: Final = 0.5
_PREFIX: Final = "training_"
ROWS_TAG: Final = "jupyter_tracker.autolog.training_rows"


def log(fit: Fit, seconds: float) -> None:
    """Log the training metrics of a fit that took `seconds`; nothing where there are no targets."""
    import sklearn
    from sklearn.base import is_classifier, is_regressor

    if fit.targets is None or not hasattr(fit.estimator, "predict"):
        return
    with sklearn.config_context(skip_parameter_validation=True):
        features, targets, weights = _part(fit, seconds)
        if is_classifier(fit.estimator):
            _log_classifier(fit, features, targets, weights)
        elif is_regressor(fit.estimator):
            _log_regressor(fit, features, targets, weights)
        elif hasattr(fit.estimator, "score"):
            score = float(fit.estimator.score(features, targets))
            fit.ref.log_metrics({f"{_PREFIX}score": score}, fit.run.fits)


def _part(fit: Fit, seconds: float) -> tuple[Any, Any, Any]:
    """Return the training data, or as much of it as is predicted in about the time of the fit."""
    import numpy as np
    from sklearn.utils import _safe_indexing

    given = (fit.features, fit.targets, fit.weights)
    rows = _rows(fit.features)
    if rows <= 4 * _TRIED_ROWS:
        return given
    began = time.perf_counter()
    fit.estimator.predict(_safe_indexing(fit.features, np.arange(_TRIED_ROWS)))
    took = (time.perf_counter() - began) / _TRIED_ROWS
    allowed = int(max(_PATIENCE_S, seconds) / 2 / max(took, 1e-9))
    if rows <= allowed:
        return given
    count = max(allowed, _TRIED_ROWS)
    # By chance, and the same each time: every nth row could be all of one kind.
    chosen = np.sort(np.random.default_rng(0).choice(rows, count, replace=False))
    fit.ref.set_tags({ROWS_TAG: f"{count} of {rows}"})
    features, targets, weights = (None if each is None else _safe_indexing(each, chosen) for each in given)
    return features, targets, weights


def _rows(features: Any) -> int:
    shape = getattr(features, "shape", None)
    return int(shape[0]) if shape else len(features)


def _log_regressor(fit: Fit, features: Any, targets: Any, weights: Any) -> None:
    from sklearn import metrics

    predicted = fit.estimator.predict(features)
    squared = float(metrics.mean_squared_error(targets, predicted, sample_weight=weights))
    found = {
        "mean_squared_error": squared,
        "root_mean_squared_error": squared**0.5,
        "mean_absolute_error": float(metrics.mean_absolute_error(targets, predicted, sample_weight=weights)),
        "r2_score": float(metrics.r2_score(targets, predicted, sample_weight=weights)),
    }
    score = found["r2_score"]
    if not _has_plain_score(fit.estimator, "RegressorMixin"):
        score = attempt(_NAME, _score, fit, features, targets, weights)
    _log(fit, found, score)


def _log_classifier(fit: Fit, features: Any, targets: Any, weights: Any) -> None:
    import numpy as np

    found: dict[str, float] = {}
    score = None
    if np.ndim(targets) == 1 or (np.ndim(targets) == 2 and np.shape(targets)[1] == 1):
        targets = np.asarray(targets).reshape(-1)
        scores = attempt(_NAME, _probabilities, fit.estimator, features)
        predicted = _predicted(fit.estimator, features, scores)
        matrix, labels = _confusion(targets, predicted, weights)
        found = _from_confusion(matrix, _place_of(fit.options.pos_label, labels))
        score = found["accuracy_score"]
        found |= attempt(_NAME, _from_probabilities, fit, targets, scores, weights) or {}
        if fit.run.is_full and len(labels) <= charts.MAX_CLASSES:
            attempt(_NAME, _log_confusion, fit, matrix, labels)
    if score is None or not _has_plain_score(fit.estimator, "ClassifierMixin"):
        score = attempt(_NAME, _score, fit, features, targets, weights)
    _log(fit, found, score)


def _probabilities(estimator: Any, features: Any) -> Any:
    """Return probabilities, or what a model of two classes has instead; None for a model that has neither."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(features)
    if hasattr(estimator, "decision_function") and len(getattr(estimator, "classes_", ())) == 2:
        return estimator.decision_function(features)
    return None


def _predicted(estimator: Any, features: Any, scores: Any) -> Any:
    import numpy as np
    from sklearn.ensemble._forest import ForestClassifier

    if isinstance(estimator, ForestClassifier) and isinstance(scores, np.ndarray):
        # That is how they predict; asking all the trees twice would take twice as long.
        return estimator.classes_.take(np.argmax(scores, axis=1))
    return np.asarray(estimator.predict(features)).reshape(-1)


def _confusion(targets: Any, predicted: Any, weights: Any) -> tuple[Any, list[Any]]:
    """Return how often each label was predicted as each other (rows are true), and the labels in order."""
    import numpy as np

    labels, codes = np.unique(np.concatenate([targets, predicted]), return_inverse=True)
    count = len(labels)
    cells = codes[: len(targets)] * count + codes[len(targets) :]
    return np.bincount(cells, weights, minlength=count * count).reshape(count, count), list(labels)


def _place_of(label: Any, labels: list[Any]) -> int | None:
    """Return where a label is among those that there are; None where it is not, or none was asked for."""
    return None if label is None else next((i for i, each in enumerate(labels) if each == label), None)


def _from_confusion(matrix: Any, positive: int | None = None) -> dict[str, float]:
    """Return accuracy, and precision, recall and F1: of one label, or weighted by how frequent each label is."""
    import numpy as np

    right, true, predicted = np.diag(matrix).astype(float), matrix.sum(axis=1), matrix.sum(axis=0)
    share = true / max(matrix.sum(), 1e-300)
    precision = right / np.where(predicted > 0, predicted, 1)
    recall = right / np.where(true > 0, true, 1)
    both = np.where(true + predicted > 0, true + predicted, 1)
    found = {"precision_score": precision, "recall_score": recall, "f1_score": 2 * right / both}
    return {
        **{key: float((each * share).sum() if positive is None else each[positive]) for key, each in found.items()},
        "accuracy_score": float((recall * share).sum()),
    }


def _log(fit: Fit, found: dict[str, Any], score: float | None) -> None:
    if score is not None:
        found["score"] = score
    fit.ref.log_metrics({_PREFIX + key: float(value) for key, value in found.items()}, fit.run.fits)


def _score(fit: Fit, features: Any, targets: Any, weights: Any) -> float:
    more = {} if weights is None else {"sample_weight": weights}
    return float(fit.estimator.score(features, targets, **more))


def _has_plain_score(estimator: Any, mixin: str) -> bool:
    """Tell whether `score` is the mixin's own, whose result is known already."""
    owner = next((cls for cls in type(estimator).__mro__ if "score" in vars(cls)), None)
    return owner is not None and owner.__name__ == mixin and owner.__module__ == "sklearn.base"


def _from_probabilities(fit: Fit, targets: Any, scores: Any, weights: Any) -> dict[str, float]:
    """Return what is said of probabilities, and draw the curves of two classes."""
    import numpy as np

    classes = getattr(fit.estimator, "classes_", None)
    if scores is None or classes is None or len(classes) < 2 or len(np.unique(targets)) != len(classes):
        return {}
    found: dict[str, float] = {}
    if scores.ndim == 2:
        eps = np.finfo(scores.dtype).eps
        chosen = scores[np.arange(len(targets)), np.searchsorted(classes, targets)]
        found["log_loss"] = float(-np.average(np.log(np.clip(chosen, eps, 1 - eps)), weights=weights))
    if len(classes) == 2:
        ranking = Ranking.of(targets == classes[1], scores[:, 1] if scores.ndim == 2 else scores, weights)
        found["roc_auc"] = ranking.roc_area()
        if fit.run.is_full:
            attempt(_NAME, _log_curves, fit, ranking, found["roc_auc"])
    else:
        from sklearn import metrics

        how = {"average": "weighted", "multi_class": "ovr", "labels": classes, "sample_weight": weights}
        found["roc_auc"] = float(metrics.roc_auc_score(targets, scores, **how))
    return found


def _log_curves(fit: Fit, ranking: Ranking, area: float) -> None:
    title = f"ROC curve, training data (area {area:.3f})"
    roc = charts.curve_png(*ranking.roc(), title, "false positive rate", "true positive rate", diagonal=True)
    fit.ref.write(f"{_PREFIX}roc_curve.png", roc)
    title = "Precision and recall, training data"
    fit.ref.write(
        f"{_PREFIX}precision_recall_curve.png",
        charts.curve_png(*ranking.precision_recall(), title, "recall", "precision"),
    )


def _log_confusion(fit: Fit, matrix: Any, labels: list[Any]) -> None:
    import numpy as np

    picture = charts.confusion_matrix_png(
        np.round(matrix).astype(int), [str(label) for label in labels], "Confusion matrix, training data"
    )
    fit.ref.write(f"{_PREFIX}confusion_matrix.png", picture)
