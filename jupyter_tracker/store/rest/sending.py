"""What a journal holds, on its way to a server: in pieces of the size that MLflow's protocol allows.

Every piece may be sent twice, so a try whose answer was lost is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from jupyter_tracker.entities import limits
from jupyter_tracker.errors import InvalidParameterError, warn_once
from jupyter_tracker.store.base import Batch
from jupyter_tracker.store.points import Points
from jupyter_tracker.wire.numbers import number_to_json

CONFLICT_TAG: Final = "jupyter_tracker.conflict."
RUN_NAME_TAG: Final = "mlflow.runName"

Post = Callable[[str, Mapping[str, Any]], dict[str, Any]]


def send(batch: Batch, post: Post, params_of: Callable[[str], Mapping[str, str]]) -> None:
    """Send a batch but for its status.

    Parameters
    ----------
    post : callable
        ``post(operation, fields)``: sends one request.
    params_of : callable
        Returns the params that the server has of a run.
    """
    run_id, tags = batch.run_id, dict(batch.tags)
    name = tags.pop(RUN_NAME_TAG, None)
    if name:
        post("runs/update", {"run_id": run_id, "run_name": name})
    try:
        for some in _pieces(_entries(batch.params), limits.MAX_BATCH_PARAMS):
            post("runs/log-batch", {"run_id": run_id, "params": some})
    except InvalidParameterError:
        tags |= _without_conflicts(batch, post, params_of(run_id))
    for some in _pieces(_entries(tags), limits.MAX_BATCH_TAGS):
        post("runs/log-batch", {"run_id": run_id, "tags": some})
    for some in _pieces(_points(batch.metrics), limits.MAX_BATCH_METRICS):
        post("runs/log-batch", {"run_id": run_id, "metrics": some})


def _without_conflicts(batch: Batch, post: Post, known: Mapping[str, str]) -> dict[str, str]:
    """Send the params that the server takes; return the tags that keep the others."""
    conflicts = {key: value for key, value in batch.params.items() if known.get(key, value) != value}
    if not conflicts:
        raise InvalidParameterError(f"The server refuses params of run {batch.run_id}: {', '.join(batch.params)}.")
    rest = {key: value for key, value in batch.params.items() if key not in conflicts}
    for some in _pieces(_entries(rest), limits.MAX_BATCH_PARAMS):
        post("runs/log-batch", {"run_id": batch.run_id, "params": some})
    warn_once(
        f"Two processes logged different values of params to run {batch.run_id}: {', '.join(sorted(conflicts))}. "
        f"The first value stands; the other is kept in the tag {CONFLICT_TAG}<key>.",
        topic=f"conflict {batch.run_id}",
    )
    return {(CONFLICT_TAG + key)[: limits.MAX_KEY]: value for key, value in conflicts.items()}


def _points(metrics: Sequence[Points]) -> Iterator[dict[str, Any]]:
    for points in metrics:
        columns = (_plain(points.steps), _plain(points.timestamps), _plain(points.values))
        for step, timestamp, value in zip(*columns, strict=True):
            yield {"key": points.key, "value": number_to_json(value), "timestamp": timestamp, "step": step}


def _plain(column: Any) -> Sequence[Any]:
    return column.tolist() if hasattr(column, "tolist") else column  # type: ignore[no-any-return]


def _entries(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    return ({"key": key, "value": value} for key, value in values.items())


def _pieces(items: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
