"""What a store gives to whoever logs to a run; the contract beside `base`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt

    from jupyter_tracker.entities import Metric


class Writer(Protocol):
    """What writes one run in this process: every call checks first, then costs microseconds.

    What a call has returned from survives the process. `InvalidParameterError` where something cannot be
    logged, and then nothing of that call is. Thread-safe; a forked child goes on as a writer of its own.

    Attributes
    ----------
    run_id : str
        The run.
    log_metric : callable
        ``log_metric(key, value, step=None, timestamp=None)``: log one point; `step` is 0 and `timestamp`
        (ms UTC) is now where left out.
    """

    run_id: str
    log_metric: Callable[..., None]

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None, timestamp: int | None = None) -> None:
        """Log one point of each metric."""

    def log_points(self, metrics: Sequence[Metric]) -> None:
        """Log many points of any keys."""

    def log_series(
        self,
        key: str,
        values: npt.ArrayLike,
        steps: npt.ArrayLike | None = None,
        timestamps: npt.ArrayLike | None = None,
    ) -> None:
        """Log whole arrays of one metric, each of shape (n,)."""

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log params; another value than before raises."""

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags."""

    def log_batch(
        self,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> None:
        """Log points, params and tags together."""

    def refresh_params(self) -> None:
        """Forget which params are known: the next check asks the store, which somebody else may have changed."""

    def flush(self) -> object:
        """Bring what was logged into the store."""

    def end(self, status: str, end_time: int | None = None) -> None:
        """End the run; `end_time` in ms UTC, default now. Whoever reads from now on sees it ended, with all of it."""

    def close(self) -> None:
        """Flush, and leave the run as it is."""
