"""Data sets as runs record them: a name, a digest of the content, where it came from, and its shape.

The data itself is not kept. The digest reads at most some 200,000 cells, so that a table of a million rows
costs milliseconds. pandas, NumPy and polars are not imported: the objects bring their own methods.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_tracker.entities import Dataset, DatasetInput, InputTag
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import context as run_context
from jupyter_tracker.tracking.dataset_content import bytes_of, column_type, hash_array, sample, tensor_spec
from jupyter_tracker.tracking.masking import mask
from jupyter_tracker.tracking.runs import current_or_new

CONTEXT_TAG = "mlflow.data.context"


@dataclass(frozen=True)
class TrackedDataset:
    """A data set, ready for `log_input`.

    Attributes
    ----------
    name : str
        For people.
    digest : str
        16 hex digits of its content, or what was given.
    source : str or None
        A path or URI, credentials masked.
    schema : dict
        ``mlflow_colspec`` (columns) or ``mlflow_tensorspec`` (arrays), in MLflow's form.
    profile : dict
        Its size: ``num_rows`` and ``num_elements``, or shapes and bytes of arrays.
    """

    name: str
    digest: str
    source: str | None
    schema: dict[str, Any]
    profile: dict[str, Any]

    def to_entity(self) -> Dataset:
        """Return what the store keeps."""
        kind, source = _source(self.source)
        return Dataset(
            self.name, self.digest, kind, json.dumps(source), json.dumps(self.schema), json.dumps(self.profile)
        )


def from_pandas(
    df: Any,
    source: str | os.PathLike[str] | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> TrackedDataset:
    """Return a data set of a pandas DataFrame.

    Parameters
    ----------
    df : pandas.DataFrame
        The data; it is looked at, not kept.
    source : str or os.PathLike, optional
        Where it came from; the running notebook or script where left out.
    targets, predictions : str, optional
        Columns with the labels and with a model's answers.
    name : str, optional
        ``dataset`` where left out.
    digest : str, optional
        Your own identity of the content, at most 36 characters.

    Examples
    --------
    >>> import pandas as pd
    >>> import jupyter_tracker as tracker
    >>> data = tracker.data.from_pandas(pd.DataFrame({"x": [1, 2], "y": [0, 1]}), targets="y", name="tiny")
    >>> data.profile
    {'num_rows': 2, 'num_elements': 4}
    """
    columns = [str(column) for column in df.columns]
    _check_columns(columns, targets=targets, predictions=predictions)
    types = [str(dtype) for dtype in df.dtypes]
    rows, chosen = sample(len(df), len(columns))
    # All of a small table, as most are, is there already; and columns one by one cost a tenth of `iloc`.
    part = df if len(rows) == len(df) and len(chosen) == len(columns) else df.iloc[rows, chosen]
    cells = [column.to_numpy() for _, column in part.items()]
    return _of_table(columns, types, len(df), cells, source, name, digest)


def from_polars(
    df: Any,
    source: str | os.PathLike[str] | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> TrackedDataset:
    """Return a data set of a polars DataFrame; see `from_pandas`."""
    columns = list(df.columns)
    _check_columns(columns, targets=targets, predictions=predictions)
    rows, chosen = sample(df.height, len(columns))
    part = df[rows, chosen] if columns else df
    cells = [column.to_list() for column in part.iter_columns()]
    return _of_table(columns, [str(dtype) for dtype in df.dtypes], df.height, cells, source, name, digest)


def from_numpy(
    features: Any,
    source: str | os.PathLike[str] | None = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> TrackedDataset:
    """Return a data set of arrays.

    Parameters
    ----------
    features : numpy.ndarray or mapping of str to numpy.ndarray
        The inputs, of any shape; it is looked at, not kept.
    source, name, digest : str, optional
        As for `from_pandas`.
    targets : numpy.ndarray or mapping of str to numpy.ndarray, optional
        The labels.

    Examples
    --------
    >>> import numpy as np
    >>> import jupyter_tracker as tracker
    >>> tracker.data.from_numpy(np.zeros((100, 4)), targets=np.zeros(100)).profile["features_shape"]
    [100, 4]
    """
    parts = {"features": features} if targets is None else {"features": features, "targets": targets}
    spec: dict[str, Any] = {"features": None, "targets": None}
    profile: dict[str, Any] = {}
    hasher = hashlib.blake2b(digest_size=8)
    for part, value in parts.items():
        arrays = value if isinstance(value, Mapping) else {None: value}
        spec[part] = json.dumps([tensor_spec(key, array) for key, array in arrays.items()])
        for key, array in arrays.items():
            hash_array(hasher, f"{part}.{key}", array)
        profile[f"{part}_shape"] = _per_array(value, lambda array: list(array.shape))
        profile[f"{part}_size"] = _per_array(value, lambda array: int(array.size))
        profile[f"{part}_nbytes"] = _per_array(value, lambda array: int(array.nbytes))
    return TrackedDataset(
        name or "dataset", _digest(digest, hasher), _place(source), {"mlflow_tensorspec": spec}, profile
    )


def log_input(
    dataset: Any,
    context: str | None = None,
    tags: Mapping[str, Any] | None = None,
    model: Any = None,
) -> None:
    """Record that the active run read a data set.

    Parameters
    ----------
    dataset : TrackedDataset
        From `data.from_pandas`, `from_numpy` or `from_polars`; a `Dataset` entity will do. None with a `model`.
    context : str, optional
        What it was used for, such as ``training``.
    tags : mapping of str, optional
        Labels of this use.
    model : optional
        A logged model that the run read: something with a `model_id`.

    Examples
    --------
    >>> import pandas as pd
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_input(tracker.data.from_pandas(pd.DataFrame({"x": [1]}), name="tiny"), context="training")
    >>> tracker.get_run(run.info.run_id).inputs.dataset_inputs[0].dataset.name
    'tiny'
    """
    entry = current_or_new()
    labels = [InputTag(key, str(value)) for key, value in (tags or {}).items()]
    if context is not None:
        labels.append(InputTag(CONTEXT_TAG, context))
    datasets = [] if dataset is None else [DatasetInput(entity_of(dataset), labels)]
    model_ids = [] if model is None else [str(getattr(model, "model_id", model))]
    entry.store.log_inputs(entry.run_id, datasets, model_ids)


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, Any] | None] | None = None,
    models: Sequence[Any] | None = None,
) -> None:
    """Record that the active run read several data sets, each with its context and labels; see `log_input`.

    Raises
    ------
    InvalidParameterError
        The lists are not equally long.

    Examples
    --------
    >>> import numpy as np
    >>> import jupyter_tracker as tracker
    >>> data = [tracker.data.from_numpy(np.zeros(3), name=name) for name in ("train", "eval")]
    >>> with tracker.start_run() as run:
    ...     tracker.log_inputs(data, ["train", "eval"])
    >>> len(tracker.get_run(run.info.run_id).inputs.dataset_inputs)
    2
    """
    lists = [list(each) for each in (datasets, contexts, tags_list, models) if each]
    count = len(lists[0]) if lists else 0
    if any(len(each) != count for each in lists):
        raise InvalidParameterError(
            "log_inputs takes lists of one length: for each data set its context, labels, model."
        )
    nothing = [None] * count
    for dataset, context, tags, model in zip(
        datasets or nothing, contexts or nothing, tags_list or nothing, models or nothing, strict=True
    ):
        log_input(dataset, context, tags, model)


def entity_of(dataset: Any) -> Dataset:
    """Return the entity of a data set; InvalidParameterError for something else."""
    if isinstance(dataset, Dataset):
        return dataset
    for method in ("to_entity", "_to_mlflow_entity"):  # ours, and those made with MLflow itself
        convert = getattr(dataset, method, None)
        if callable(convert):
            found = convert()
            return Dataset(found.name, found.digest, found.source_type, found.source, found.schema, found.profile)
    raise InvalidParameterError(
        f"log_input takes a data set, not {type(dataset).__name__}: wrap it with data.from_pandas, from_numpy or "
        "from_polars."
    )


def _of_table(
    columns: Sequence[str],
    types: Sequence[str],
    rows: int,
    cells: Sequence[Any],
    source: str | os.PathLike[str] | None,
    name: str | None,
    digest: str | None,
) -> TrackedDataset:
    hasher = hashlib.blake2b(json.dumps([columns, types, rows]).encode(), digest_size=8)
    for column in cells:
        hasher.update(bytes_of(column))
    spec = [
        {"type": column_type(kind), "name": column, "required": True}
        for column, kind in zip(columns, types, strict=True)
    ]
    profile = {"num_rows": rows, "num_elements": rows * len(columns)}
    return TrackedDataset(name or "dataset", _digest(digest, hasher), _place(source), {"mlflow_colspec": spec}, profile)


def _per_array(value: Any, measure: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: measure(array) for key, array in value.items()}
    return measure(value)


def _check_columns(columns: Sequence[str], **named: str | None) -> None:
    for role, column in named.items():
        if column is not None and column not in columns:
            raise InvalidParameterError(f"There is no column {column!r} for `{role}`; the columns are {columns[:20]}.")


def _digest(given: str | None, hasher: Any) -> str:
    if given is None:
        return str(hasher.hexdigest())
    if not given or len(given) > 36:
        raise InvalidParameterError(f"The digest {given!r} must have 1 to 36 characters.")
    return given


def _place(source: str | os.PathLike[str] | None) -> str | None:
    return None if source is None else mask(os.fspath(source))


def _source(source: str | None) -> tuple[str, dict[str, Any]]:
    """Return the kind of a source and what MLflow keeps of it."""
    if source is None:
        name, kind = run_context.source()
        tags = {"mlflow.user": run_context.user(), "mlflow.source.name": name, "mlflow.source.type": kind}
        return "code", {"tags": tags}
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in {"http", "https"}:
        return "http", {"url": source}
    return (scheme[:36] if scheme not in {"", "file"} else "local"), {"uri": source}
