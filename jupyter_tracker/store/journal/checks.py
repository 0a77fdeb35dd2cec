"""What is logged, checked and brought into columns before a byte of it is written.

The limits are in `entities.limits`; here they meet the shapes that log calls take.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jupyter_tracker import settings
from jupyter_tracker.entities import Metric, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError

if TYPE_CHECKING:
    import numpy.typing as npt


def checked_value(text: str, limit: int, what: str) -> str:
    """Return a param's or tag's text within its limit, and without what no database can keep."""
    if len(text) > limit:
        text = limits.check_text(text, limit, what, truncate=settings.flag("MLFLOW_TRUNCATE_LONG_VALUES"))
    # Half of a surrogate pair is text to Python, but to no encoding.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def checked_tags(tags: Mapping[str, object]) -> dict[str, str]:
    """Return tags as text within its limits."""
    checked = {}
    for key, value in tags.items():
        limits.check_key(key, "Tag")
        checked[key] = checked_value(str(value), limits.MAX_TAG_VALUE, f"The value of tag {key!r}")
    return checked


def point_columns(metrics: Sequence[Metric]) -> tuple[array[int], array[int], array[float]]:
    """Return steps, timestamps and values of points; the error names the one that does not fit."""
    try:
        steps = array("q", [metric.step for metric in metrics])
        timestamps = array("q", [metric.timestamp for metric in metrics])
        values = array("d", [metric.value for metric in metrics])
        if min(timestamps) >= 0:
            return steps, timestamps, values
    except (TypeError, ValueError, OverflowError, AttributeError):
        pass
    # Something in there is unusual: look at each, and say which.
    for index, metric in enumerate(metrics):
        if not isinstance(metric, Metric):
            raise InvalidParameterError(f"metrics[{index}] is a {type(metric).__name__}; a Metric is expected.")
    return (
        array("q", [limits.check_step(metric.step) for metric in metrics]),
        array("q", [limits.check_timestamp(metric.timestamp) for metric in metrics]),
        array("d", [limits.check_metric_value(metric.value, metric.key) for metric in metrics]),
    )


def series_columns(
    key: str, values: npt.ArrayLike, steps: npt.ArrayLike | None, timestamps: npt.ArrayLike | None
) -> tuple[npt.NDArray, npt.NDArray, npt.NDArray]:  # type: ignore[type-arg]
    """Return steps, timestamps and values of a series as arrays of one length; see `RunWriter.log_series`."""
    import numpy as np

    limits.check_key(key, "Metric")
    columns = []
    for name, given, kind in (("steps", steps, "<i8"), ("timestamps", timestamps, "<i8"), ("values", values, "<f8")):
        if given is None:
            continue
        try:
            column = np.asarray(given)
            if column.ndim != 1 or (column.size and column.dtype.kind not in ("biu" if kind == "<i8" else "biuf")):
                raise ValueError  # noqa: TRY301 - both ways of being wrong get one message
            if column.size and column.dtype.kind == "u" and kind == "<i8" and int(column.max()) > limits.INT64_MAX:
                raise InvalidParameterError(f"Invalid {name} for metric {key!r}: {column.max()} needs over 64 bits.")
            columns.append(column.astype(kind, copy=False))
        except (TypeError, ValueError):
            raise InvalidParameterError(
                f"Invalid {name} for metric {key!r}: a one-dimensional array of "
                f"{'whole ' if kind == '<i8' else ''}numbers is expected, but this is a {type(given).__name__}."
            ) from None
    count = len(columns[-1])
    if steps is None:
        columns.insert(0, np.arange(count, dtype="<i8"))
    if timestamps is None:
        columns.insert(1, np.full(count, now_ms(), dtype="<i8"))
    if len({len(column) for column in columns}) > 1:
        raise InvalidParameterError(f"steps, timestamps and values of metric {key!r} differ in length.")
    if count and int(columns[1].min()) < 0:
        raise InvalidParameterError(f"timestamps of metric {key!r} hold a negative number.")
    return columns[0], columns[1], columns[2]


def new_params(params: Mapping[str, object], known: Mapping[str, str], run_id: str) -> dict[str, str]:
    """Return the params that are not among the known ones; InvalidParameterError where one has another value there."""
    new: dict[str, str] = {}
    for key, value in params.items():
        limits.check_key(key, "Param")
        text = checked_value(str(value), limits.MAX_PARAM_VALUE, f"The value of param {key!r}")
        old = known.get(key)
        if old is None:
            new[key] = text
        elif old != text:
            raise InvalidParameterError(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with "
                f"value='{old}' for run ID='{run_id}'. Attempted logging new value '{text}'. "
                "Log it under another name, or in a new run; log_param(…, overwrite=True) corrects it."
            )
    return new
