"""`promote`: move a run's model to a stage where a policy says so. Which run, which policy, in the store in use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_tracker import settings
from jupyter_tracker.entities import LifecycleStage, Run
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.promotion.policy import FILE, Policy, policy_of
from jupyter_tracker.promotion.policy_files import read_policy
from jupyter_tracker.promotion.promoting import Promotion, promote_run
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.location import project_folder
from jupyter_tracker.views.lookup import find_experiment, find_run

PolicyLike = Policy | Mapping[str, Any] | str | os.PathLike[str]
_RUN_SETTING = "JUPYTER_TRACKER_RUN_ID"
_NEWEST = 1000


def promote(
    run: str | Run | None = None,
    model: str | None = None,
    metric: str | None = None,
    threshold: float | None = None,
    *,
    to: str | None = None,
    policy: PolicyLike | None = None,
    relative: bool | None = None,
    lower_is_better: bool | None = None,
    artifact_path: str | None = None,
    dry_run: bool = False,
    comment: str | None = None,
    store: Store | None = None,
) -> Promotion:
    """Return what a policy says about a run's model, which is made a version and moved to the stage if it says so.

    The version that was in the stage is archived in the same transaction. Doing it twice does nothing the second time.

    Parameters
    ----------
    run : str or Run, optional
        By id, the start of an id, or name. Where left out: the run that `JUPYTER_TRACKER_RUN_ID` names, or the newest
        finished one of the policy's experiment.
    model : str, optional
        The registered model, made at need; the policy's where left out.
    metric, threshold, to, relative, lower_is_better : optional
        They win over the policy's. New minus old must be more than `threshold`: 0 where nothing says otherwise.
    policy : Policy, mapping, str or os.PathLike, optional
        A policy, or its YAML file. Where left out: ``promotion.yaml`` in this folder or the project's, unless a
        `metric` is given: then that one rule is the policy.
    artifact_path : str, optional
        Which of the run's models, where it has several.
    dry_run : bool
        Say what would happen, and do nothing.
    comment : str, optional
        Why, for the history; the verdict where left out.
    store : Store, optional
        Another store than the one in use.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such run, or no policy.
    InvalidParameterError
        The policy cannot be read.
    InvalidStateError
        The run has no model, was deleted, or SciPy is missing.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LinearRegression
    >>> for f1 in (0.80, 0.81, 0.85):
    ...     with tracker.start_run() as run:
    ...         tracker.log_metric("f1", f1)
    ...         info = tracker.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0, 2]), "model")
    ...     print(tracker.promote(run, "churn-promoted", "f1", 0.02).outcome)
    promoted
    refused
    promoted
    """
    store = active.store(create=False) if store is None else store
    chosen = load_policy(policy, metric=metric, threshold=threshold, to=to, relative=relative,
                         lower_is_better=lower_is_better, model=model)  # fmt: skip
    if chosen.model is None:
        raise InvalidParameterError(
            "Which registered model? Give `model` (--model), or write `model: …` into the policy."
        )
    found = _run(store, run, chosen)
    if found.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidStateError(f"Run {found.info.run_id} is in the trash.")
    return promote_run(
        store, found, chosen.model, chosen, path=artifact_path, dry_run=dry_run, comment=comment
    )  # fmt: skip


def load_policy(source: PolicyLike | None = None, **overrides: Any) -> Policy:
    """Return a policy, from a file where `source` names one; see `promote`. Arguments that are not None win."""
    if isinstance(source, Policy):
        return source.but(**overrides)
    if isinstance(source, Mapping):
        return policy_of(source, **overrides)
    if source is not None:
        return read_policy(Path(source), overrides)
    if overrides.get("metric") is not None:
        return policy_of({}, **overrides)
    found = find_policy(Path.cwd())
    if found is None:
        raise ResourceDoesNotExistError(
            f"There is no {FILE} here or in the project: write one, or name the "
            "model and what decides: --model churn --metric f1, or model='churn', metric='f1'."
        )
    return read_policy(found, overrides)


def find_policy(start: Path) -> Path | None:
    """Return the policy's file in a folder, or else in its project; None for none."""
    for folder in (start, project_folder(start)):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def _run(store: Store, run: str | Run | None, policy: Policy) -> Run:
    if isinstance(run, Run):
        return store.get_run(run.info.run_id)
    if run is not None and not run.strip():
        # `--run-id "$RUN"` of a job whose variable is not set must not promote another run.
        raise InvalidParameterError(f"The run's id is empty. Name a run, or leave it out: then {_RUN_SETTING} counts.")
    name = run or settings.text(_RUN_SETTING).strip()
    if name:
        return find_run(store, name)
    if policy.experiment is None:
        raise InvalidParameterError(
            f"Which run? Name one (--run-id), set {_RUN_SETTING}, or write `experiment: …` into the policy: "
            "then it is the newest finished one of that."
        )
    experiment = find_experiment(store, policy.experiment)
    found = store.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'", max_results=_NEWEST)
    # A server of MLflow's cannot be asked for a tag that is not there.
    newest = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    if not newest:
        raise ResourceDoesNotExistError(f"Experiment {experiment.name!r} has no finished run.")
    return store.get_run(newest[0].info.run_id)
