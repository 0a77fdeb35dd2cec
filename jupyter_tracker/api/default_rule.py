"""The rule that a board goes by where no policy was written: one metric, better than in the stage."""

from __future__ import annotations

from jupyter_tracker.entities import ModelVersion, Run
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.metric_goals import metric_goal


def default_policy(store: Store, new: ModelVersion, old: ModelVersion | None, stage: str) -> Policy | None:
    """Return the default policy for a version; None where it has no metric that could decide.

    The metric is one that both versions have and that has a better side, rather of a test or a validation than of the
    training, and rather a score than an error or a time; of several the first by name.
    """
    mine = _metrics(store, new)
    theirs = mine if old is None else _metrics(store, old)
    # With nothing in common, it is at least said what is missing.
    keys = [key for key in (mine.keys() & theirs.keys()) or mine if metric_goal(key) != "none"]
    if not keys:
        return None
    metric = min(keys, key=_rank)
    return Policy(metric, to=stage, lower_is_better=metric_goal(metric) == "min")


def _rank(key: str) -> tuple[bool, bool, bool, str]:
    held_out = any(word in key.lower() for word in ("test", "val"))
    return "train" in key.lower(), not held_out, metric_goal(key) != "max", key


def _metrics(store: Store, version: ModelVersion) -> dict[str, float]:
    run: Run | None = None
    if version.run_id:
        try:
            run = store.get_run(version.run_id)
        except ResourceDoesNotExistError:
            run = None
    return {} if run is None else dict(run.data.metrics)
