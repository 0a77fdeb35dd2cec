"""Runs of the fluent API: starting, resuming, ending, and which one is active."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from jupyter_tracker import settings
from jupyter_tracker.entities import LifecycleStage, Run
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.limits import check_status
from jupyter_tracker.entities.run import ERROR_MESSAGE_TAG, ERROR_TYPE_TAG, KERNEL_TAG
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active, context, kernel_record
from jupyter_tracker.tracking.context import NAME_TAG, NOTE_TAG, PARENT_TAG
from jupyter_tracker.tracking.ending import END_ALL_AT_EXIT, end_open_run, status_of
from jupyter_tracker.tracking.environment import ENVIRONMENT
from jupyter_tracker.tracking.experiments import current_experiment_id, text_values
from jupyter_tracker.tracking.stack import STACK, OpenRun

if TYPE_CHECKING:
    from typing import Self

    from jupyter_tracker.store.writing import Writer


__all__ = [
    "ActiveRun",
    "active_or_named",
    "active_run",
    "create",
    "current_or_new",
    "end_open_run",
    "end_run",
    "last_active_run",
    "resume",
    "start_cell_run",
    "start_run",
    "status_of",
]


class ActiveRun(Run):
    """A run that this process has started: a `Run`, and a context manager that ends it.

    Leaving the `with` block ends the run as FINISHED; by an exception, as FAILED; by an interrupt
    (KeyboardInterrupt, CancelledError), as KILLED. The exception goes on.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run.info, run.data, run.inputs, run.outputs)

    def __enter__(self) -> Self:
        entry = STACK.find(self.info.run_id)
        if entry is not None:
            STACK.enter(entry)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        entry = STACK.find(self.info.run_id)
        if entry is not None:
            end_open_run(entry, status_of(error))


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
    resume_from_step: int | None = None,
) -> ActiveRun:
    """Start a run, or resume one, make it the active run, and return it.

    Parameters
    ----------
    run_id : str, optional
        Resume this run: its status becomes RUNNING again. MLFLOW_RUN_ID where left out, once. A run that another
        living process of this machine has begun is joined: logged to, and not ended by this process. So is the run
        that JUPYTER_TRACKER_RUN_ID names, on whatever machine it was begun.
    experiment_id : str, optional
        Where the run belongs. Where left out: the parent's, or the one of `set_experiment`.
    run_name : str, optional
        Made up where left out.
    nested : bool
        Start a child of the active run. Not needed inside a tracked cell, whose run is always a parent.
    parent_run_id : str, optional
        The parent, where it is not the active run.
    tags : mapping of str, optional
        Labels; they win over those that every run gets.
    description : str, optional
        A note for people.
    log_system_metrics : bool, optional
        Log processor, memory, disk, network and GPUs as ``system/…`` every ten seconds (needs psutil). Where left
        out, the setting JUPYTER_TRACKER_SYSTEM_METRICS says.
    resume_from_step : int, optional
        The step of the checkpoint from which a resumed run goes on: points of this step and later ones, of every
        metric, are removed first, since they will be logged again.

    Returns
    -------
    ActiveRun
        Use it in a `with` statement, or call `end_run`.

    Raises
    ------
    InvalidStateError
        A run is active already in this thread, and `nested` is False.
    ResourceDoesNotExistError
        There is no such run, parent or experiment.
    InvalidParameterError
        The run, parent or experiment is deleted, or a tag is not allowed; `resume_from_step` is given for a new run.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="rf-baseline") as run:
    ...     tracker.log_metric("f1", 0.91)
    >>> tracker.get_run(run.info.run_id).data.metrics
    {'f1': 0.91}
    """
    outer = STACK.current()
    joined = _run_to_join() if run_id is None and outer is None and parent_run_id is None else None
    run_id = run_id or (None if joined else _run_id_of_environment())
    if outer is not None:
        _refuse_second(outer, run_id, nested=nested)
    labels = text_values(tags)
    if description is not None:
        if NOTE_TAG in labels:
            raise InvalidParameterError(f"Give the description either as `description` or as the tag {NOTE_TAG!r}.")
        labels[NOTE_TAG] = description
    parent = outer if outer is not None and (nested or outer.is_cell) else None
    if joined is not None and resume_from_step is None:
        run = join(active.store(), joined, labels)
    elif run_id is not None:
        run = _go_on_with(run_id, experiment_id, labels, resume_from_step)
    elif resume_from_step is not None:
        raise InvalidParameterError("resume_from_step is about a run that goes on: name it by run_id.")
    else:
        run = create(experiment_id, run_name, labels, parent=parent, parent_run_id=parent_run_id)
    _log_system(run, log_system_metrics)
    return run


def start_cell_run(
    run_name: str | None = None,
    experiment_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> OpenRun:
    """Start, resume or join the run of a tracked cell; for the magics.

    Never says "already active": it becomes a child of whatever run is active. Runs that the cell starts become its
    children, and `end_run()` in the cell leaves it alone. End it with `end_open_run(entry, status)`, which ends
    what the cell left open inside it too.
    """
    outer = STACK.current()
    if run_id is not None:
        run = resume(active.store(), run_id, experiment_id, text_values(tags), is_cell=True)
    else:
        run = create(experiment_id, run_name, text_values(tags), parent=outer, is_cell=True)
    return _log_system(run)


def end_run(status: str = "FINISHED") -> None:
    """End the active run; does nothing where there is none.

    Whoever reads from now on, in whatever process, sees the run ended and all that was logged. A tracked cell's own
    run is left alone: it ends with the cell.

    Parameters
    ----------
    status : str
        FINISHED, FAILED or KILLED.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> run = tracker.start_run()
    >>> tracker.end_run()
    >>> tracker.get_run(run.info.run_id).info.status
    'FINISHED'
    """
    check_status(status)
    entry = STACK.current()
    if entry is not None and not entry.is_cell:
        end_open_run(entry, status)


def active_run() -> ActiveRun | None:
    """Return the active run of this thread or task, or None. Its `data` is as of its start.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.active_run() is run
    True
    """
    entry = STACK.current()
    return entry.run if entry is not None and isinstance(entry.run, ActiveRun) else None


def last_active_run() -> Run | None:
    """Return the run that was started last in this process, with what it has logged; None before the first.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="last"):
    ...     pass
    >>> tracker.last_active_run().info.run_name
    'last'
    """
    last = STACK.last
    return None if last is None else last.store.get_run(last.run_id)


def current_or_new() -> OpenRun:
    """Return the active run, starting one where there is none; it then ends with the process."""
    entry = STACK.current()
    if entry is not None:
        return entry
    with STACK.lock:
        entry = active_or_named()
        if entry is not None:
            return entry
        run = create(None, None, {})
        entry = _log_system(run)
    _say_started(run)
    return entry


def active_or_named() -> OpenRun | None:
    """Return the active run; where there is none, the one that a setting names, joined or resumed; else None."""
    entry = STACK.current()
    if entry is not None:
        return entry
    with STACK.lock:
        entry = STACK.current()
        if entry is not None:
            return entry
        joined = _run_to_join()
        if joined is not None:
            return _log_system(join(active.store(), joined, {}))
        run_id = _run_id_of_environment()
        return None if run_id is None else _log_system(resume(active.store(), run_id, None, {}))


def create(
    experiment_id: str | None,
    run_name: str | None,
    tags: Mapping[str, str],
    *,
    parent: OpenRun | None = None,
    parent_run_id: str | None = None,
    is_cell: bool = False,
) -> ActiveRun:
    """Create a run with the tags that every run gets, and push it."""
    store = active.store() if parent is None else parent.store
    labels = {**context.default_tags(), **tags}
    if parent_run_id is not None:
        _refuse_deleted(store.get_run(parent_run_id), "parent run")
        labels[PARENT_TAG] = parent_run_id
    elif parent is not None:
        labels[PARENT_TAG] = parent.run_id
    if experiment_id is None:
        experiment_id = parent.run.info.experiment_id if parent is not None else current_experiment_id(store)
    run, writer = store.start_run(
        str(experiment_id),
        user_id=labels["mlflow.user"],
        start_time=now_ms(),
        tags=labels,
        run_name=run_name or labels.get(NAME_TAG),
    )
    return _push(store, run, writer, is_cell=is_cell)


def resume(
    store: Store,
    run_id: str,
    experiment_id: str | None,
    tags: Mapping[str, str],
    *,
    is_cell: bool = False,
    from_step: int | None = None,
) -> ActiveRun:
    """Set a run to RUNNING again, without its points from `from_step` on, and push it; join one that others write."""
    if STACK.find(run_id) is not None:
        raise InvalidStateError(
            f"Run with UUID {run_id} is already active in this process; log to it, or end it first."
        )
    run = store.get_run(run_id)
    _refuse_deleted(run, "run")
    if experiment_id is not None and str(experiment_id) != run.info.experiment_id:
        raise InvalidParameterError(
            f"Cannot resume run {run_id} in experiment {experiment_id}: it belongs to experiment "
            f"{run.info.experiment_id}. Leave experiment_id out."
        )
    if from_step is None and store.has_other_owner(run_id):
        return join(store, run_id, tags, is_cell=is_cell)
    if from_step is not None and store.truncate_metric(run_id, None, from_step):
        run = store.get_run(run_id)
    info = store.update_run(run_id, status="RUNNING")
    for key in {ERROR_TYPE_TAG, ERROR_MESSAGE_TAG} & run.data.tags.keys():  # how it ended before is not how it ends
        store.delete_tag(run_id, key)
        del run.data.tags[key]
    writer = store.writer(run_id, owner=True)
    active_run = _push(store, Run(info, run.data, run.inputs, run.outputs), writer, is_cell=is_cell)
    kernel = kernel_record.kernel_id()
    labels = {**tags, **({} if kernel is None else {KERNEL_TAG: kernel})}
    if labels:
        writer.set_tags(labels)
    return active_run


def join(store: Store, run_id: str, tags: Mapping[str, str], *, is_cell: bool = False) -> ActiveRun:
    """Push a run that another process began and will end: a rank of distributed training, a worker of joblib's."""
    run = store.get_run(run_id)
    _refuse_deleted(run, "run")
    writer = store.writer(run_id)
    active_run = ActiveRun(run)
    entry = OpenRun(active_run, store, writer, is_cell=is_cell)
    entry.joins = True
    STACK.push(entry)
    END_ALL_AT_EXIT.register()
    if tags:
        writer.set_tags(tags)
    return active_run


def _push(store: Store, run: Run, writer: Writer, *, is_cell: bool) -> ActiveRun:
    active_run = ActiveRun(run)
    entry = OpenRun(active_run, store, writer, is_cell=is_cell)
    STACK.push(entry)
    END_ALL_AT_EXIT.register()
    ENVIRONMENT.attach(run.info, getattr(store, "root", None))
    return active_run


def _wants_system_metrics(entry: OpenRun) -> bool:
    """Tell whether a setting asks for system metrics, and no other process logs those of this machine to the run."""
    names = ("JUPYTER_TRACKER_SYSTEM_METRICS", "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING")
    if not any(settings.flag(name) for name in names):
        return False
    if not entry.joins:
        return True
    is_named = bool(settings.text("MLFLOW_SYSTEM_METRICS_NODE_ID").strip())
    is_first = os.environ.get("LOCAL_RANK", "0") == "0"  # of those that torchrun has started on this machine
    return is_named and is_first and not entry.store.has_other_owner(entry.run_id)


def _log_system(run: ActiveRun, wanted: bool | None = None) -> OpenRun:
    """Have system metrics of a run logged where that is wanted, by the settings where None; return its entry."""
    entry = STACK.find(run.info.run_id)
    assert entry is not None  # noqa: S101 - it was pushed a line ago
    if wanted or (wanted is None and _wants_system_metrics(entry)):
        from jupyter_tracker.tracking.system_metrics import SYSTEM_METRICS

        SYSTEM_METRICS.attach(entry)
    return entry


def _go_on_with(run_id: str, experiment_id: str | None, tags: dict[str, str], from_step: int | None) -> ActiveRun:
    """Resume the run that `start_run` was given; what is no id was meant as a name."""
    try:
        return resume(active.store(), run_id, experiment_id, tags, from_step=from_step)
    except ResourceDoesNotExistError as error:
        if re.fullmatch("[0-9a-f]{32}", str(run_id)):
            raise
        raise ResourceDoesNotExistError(
            f"{error.message} start_run takes the id of a run to go on with first; a new run is named by "
            f"run_name={run_id!r}."
        ) from None


def _refuse_second(outer: OpenRun, run_id: str | None, *, nested: bool) -> None:
    if nested or outer.is_cell or not STACK.is_own(outer):
        return
    raise InvalidStateError(
        f"Run with UUID {outer.run_id} is already active. To start a new run, first end the current run with "
        "end_run(). To start a nested run, call start_run with nested=True."
        + (f" To resume run {run_id}, end the current one first." if run_id else "")
    )


def _refuse_deleted(run: Run, what: str) -> None:
    if run.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterError(
            f"The {what} {run.info.run_id} is deleted, so it cannot be used. Restore it with "
            f"TrackerClient().restore_run({run.info.run_id!r}) first."
        )


def _run_to_join() -> str | None:
    """Return JUPYTER_TRACKER_RUN_ID, which stays: each of a worker's tasks joins the run."""
    return settings.text("JUPYTER_TRACKER_RUN_ID").strip() or None


def _run_id_of_environment() -> str | None:
    """Return MLFLOW_RUN_ID and remove it: it names the process's first run, not every one."""
    run_id = settings.text("MLFLOW_RUN_ID").strip()
    if not run_id:
        return None
    del os.environ["MLFLOW_RUN_ID"]
    return run_id


def _say_started(run: Run) -> None:
    if settings.flag("JUPYTER_TRACKER_QUIET"):
        return
    ends = "kernel" if context.in_notebook() else "process"
    print(  # noqa: T201 - the user must learn of a run that nobody started
        f"jupyter_tracker: no run was active, so run {run.info.run_name!r} was started; it ends with this {ends}."
    )
