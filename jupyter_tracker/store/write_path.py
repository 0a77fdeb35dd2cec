"""What every store's write path has in common: writers, their draining, and who may log to a run.

`sql/hot` is its SQLite side, `sql/server_path` that of a database on a server, `rest/path` that of a tracking server.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from jupyter_tracker.entities import Metric, Param, RunTag, limits
from jupyter_tracker.entities.experiment import LifecycleStage
from jupyter_tracker.errors import (
    InvalidParameterError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.store import glance
from jupyter_tracker.store.base import Batch, NewRun, Store
from jupyter_tracker.store.journal import owners
from jupyter_tracker.store.journal.checks import checked_value
from jupyter_tracker.store.journal.drain import drainer
from jupyter_tracker.store.journal.header import announced_run
from jupyter_tracker.store.journal.recovery import await_ended, recover, recover_of
from jupyter_tracker.store.journal.siblings import Siblings, can_meet
from jupyter_tracker.store.journal.target import JournalTarget
from jupyter_tracker.store.journal.together import Together, drain_together
from jupyter_tracker.store.journal.writer import RunWriter

Result = TypeVar("Result")

_RECOVER_EVERY_S = 1.0
_MOST_FRESH = 1000
_MOST_WRITERS = 2000


class WritePath(Store, JournalTarget):
    """A store whose log calls append to journals that one thread of the process drains.

    Parameters
    ----------
    place : str
        What errors call the database: its file, or its address without credentials.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._write_lock = threading.RLock()
        self._writers: dict[str, RunWriter] = {}
        self._fresh: set[str] = set()
        self._small_chunks: dict[tuple[int, str], int] = {}
        self._known_ended: set[str] = set()
        self._is_shared = False
        self._siblings: Siblings | None = None
        self._together = Together(self._drain_together)
        self._recovered_at = -_RECOVER_EVERY_S
        self._has_forked = False
        self._closing = self._closed = False
        self._journal_dir: Path
        _stores.add(self)

    # what a database adds ------------------------------------------------------------------------

    @abstractmethod
    def _stage_of(self, run_id: str) -> str | None:
        """Return the lifecycle stage that is stored of a run, None where there is none."""

    @abstractmethod
    def _store_announced(self, run_id: str, new: NewRun) -> None:
        """Store a run that its journal announces; it may be there by now."""

    @abstractmethod
    def _apply(self, batches: Sequence[Batch]) -> None:
        """Apply batches of several runs in one transaction."""

    def attempt(self, operation: Callable[[], Result]) -> Result:
        """Return what an operation of one transaction returns; a server's is tried again where it was undone."""
        return operation()

    # logging -------------------------------------------------------------------------------------

    def writer(self, run_id: str, *, owner: bool = False) -> RunWriter:
        """Return this process's writer of an active run."""
        self._check_open()
        with self._write_lock:
            writer = self._writers.get(run_id)
            if writer is None:
                fresh = run_id in self._fresh
                self._fresh.discard(run_id)
                if not fresh:
                    self.check_loggable(run_id)
                writer = self._writers[run_id] = RunWriter(self, run_id, drainer, fresh=fresh)
        if owner and not writer.owner:
            writer.own()
        return writer

    def has_other_owner(self, run_id: str) -> bool:
        """Tell whether another process of this machine has begun a run, lives, and will end it."""
        return owners.has_other_owner(self.journal_dir, run_id)

    def _writer_of_new(self, run_id: str, new: NewRun) -> RunWriter:
        """Return the writer of a run that begins in its journal and is this process's own."""
        writer = RunWriter(self, run_id, drainer, new_run=new)
        writer.own()
        self._writers[run_id] = writer
        return writer

    def _made(self, run_id: str) -> None:
        """Remember that a run has just been made here: its first writer need not look it up."""
        if len(self._fresh) > _MOST_FRESH:
            self._fresh.clear()
        self._fresh.add(run_id)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it in one transaction, before returning."""
        self.attempt(self._append_batch(run_id, metrics, params, tags).flush)

    def log_batch_soon(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it to this process's journal of the run, which is drained with what others log meanwhile."""
        siblings, has_order = self._siblings, bool(params or tags)
        if siblings is not None and siblings.has_deleted:
            siblings.look_at_deleted(partial(self._park_deleted, self._check_active))
        if not params and self.takes_at_once(run_id, tags=bool(tags)) and (writer := self._writers.get(run_id)):
            # Its journal was opened for an active run, and whoever deletes that closes the journal first.
            limits.check_batch(len(metrics), 0, len(tags))
            writer.log_batch(metrics, None, {tag.key: tag.value for tag in tags})
            self._took(writer)
            return
        if siblings is not None and has_order:
            siblings.catch_up()  # of two values of a tag the one that was set last counts
        writer = self._append_batch(run_id, metrics, params, tags)
        if self._is_shared and (has_order or siblings is None):
            self._flush_shared(writer)
        else:
            self._took(writer)
        if len(self._writers) > _MOST_WRITERS:
            self._forget_parked()

    def _took(self, writer: RunWriter) -> None:
        if self._siblings is not None:
            self._siblings.took()
        if writer.lacks_room:
            raise StoreUnavailableError(
                f"The disk of {self.journal_dir} is full: what was logged would not survive a crash. Free some space, "
                "and send it again."
            )

    def _flush_shared(self, writer: RunWriter) -> None:
        try:
            self._together.flush(writer)
        except TrackerError:
            self._took(writer)  # it is in the journal all the same
            raise

    def _drain_together(self, writers: Sequence[RunWriter]) -> None:
        self.attempt(partial(drain_together, writers))

    def takes_at_once(self, run_id: object, *, tags: bool = False) -> bool:
        """Tell whether points of a run, and tags, are one append to a journal that is open: nothing to wait for."""
        if self._is_shared and (tags or self._siblings is None or self._siblings.has_deleted):
            return False
        writer = self._writers.get(run_id) if isinstance(run_id, str) else None
        return writer is not None and writer.is_open

    def _append_batch(
        self, run_id: str, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
    ) -> RunWriter:
        limits.check_batch(len(metrics), len(params), len(tags))
        by_key = {param.key: param.value for param in params}
        if len(by_key) != len(params):
            raise InvalidParameterError(f"Duplicate parameter keys have been submitted: {_twice(params)}.")
        self.attempt(lambda: self._check_loggable(run_id))
        writer = self.writer(run_id)
        if params:
            writer.refresh_params()
        writer.log_batch(metrics, by_key, {tag.key: tag.value for tag in tags})
        return writer

    def _forget_parked(self) -> None:
        """Let go of the writers that have no journal now: a server sees very many runs."""
        with self._write_lock:
            for run_id, writer in list(self._writers.items()):
                if not writer.is_open:
                    del self._writers[run_id]

    def check_loggable(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted."""
        self._check_loggable(run_id)

    def _check_loggable(self, run_id: str) -> None:
        stage = self._stage_of(limits.check_run_id(run_id))
        if stage is None:
            if self._bring_in(run_id):
                return
            raise self._no_run(run_id)
        if stage != LifecycleStage.ACTIVE:
            raise not_active(run_id)

    def park_deleted(self) -> None:
        """Close the writers of runs that have just been deleted: their next call is refused."""
        if self._siblings is not None:
            self._siblings.deleted()
        self._park_deleted(self.check_loggable)

    def _park_deleted(self, check: Callable[[str], None]) -> None:
        for run_id, writer in list(self._writers.items()):
            try:
                check(run_id)
            except InvalidParameterError:
                writer.close()
                self._writers.pop(run_id, None)
            except ResourceDoesNotExistError:
                writer.abandon()
                self._writers.pop(run_id, None)

    def _check_active(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted, or where that cannot be found out."""
        self.attempt(partial(self._check_loggable, run_id))

    def _bring_in(self, run_id: str) -> bool:
        """Store a run that is only in a journal, of this process or another here; False where there is none."""
        new = announced_run(self.journal_dir, run_id)
        if new is None:
            return False
        self._store_announced(run_id, new)
        return True

    def note_place(self) -> None:
        """Look whether the store is still where it was: a database on a server is."""

    # other processes of one server ---------------------------------------------------------------

    def share(self, folder: Path) -> None:
        """Show what other processes of one server have taken, and have them show what this one takes.

        They meet in `folder`. A system that has no way to meet brings in each log call before it is answered.
        """
        self._is_shared = True
        if can_meet:
            bring_in = partial(drainer.guarded, self._drain_own)
            self._siblings = Siblings(folder, bring_in, self._recover_of)

    def _recover_of(self, pid: int, patience_s: float) -> None:
        recover_of(self, drainer.retired(self), pid, patience_s)

    def _drain_own(self, patience_s: float | None = None) -> None:
        siblings = self._siblings
        taken = 0 if siblings is None else siblings.taken
        drainer.flush(self, patience_s)
        if siblings is not None and patience_s is None:
            siblings.stored(taken)

    # draining ------------------------------------------------------------------------------------

    @property
    def journal_dir(self) -> Path:
        """Folder of the journals of this machine's runs; the first journal makes it."""
        return self._journal_dir

    def apply(self, batch: Batch) -> None:
        """Apply what a journal holds, exactly once."""
        self.apply_group([batch])

    def apply_group(self, batches: Sequence[Batch]) -> None:
        """Apply batches of several runs, in one transaction."""
        if batches:
            self._apply(batches)
        for batch in batches:
            writer = self._writers.get(batch.run_id)
            if batch.status is not None and writer is not None and not writer.is_open:
                self._writers.pop(batch.run_id, None)

    def flush(self) -> None:
        """Drain this process's writers, wait for runs that others here have just ended, replay dead writers' journals.

        The last at most once a second; at every read where this process has forked: whoever has joined a child
        expects to see what it logged, and `multiprocessing` ends its children without a chance to drain.
        """
        self._flush()

    def _catch_up(self) -> None:
        """Flush before a read; for a panel once in a while, and not for as long as it takes."""
        patience_s = glance.patience_s(self)
        if patience_s != 0:
            self._flush(patience_s)
            glance.brought_up_to_date(self)

    def _flush(self, patience_s: float | None = None) -> None:
        self._drain_own(patience_s)
        if self._siblings is not None:
            self._siblings.catch_up(patience_s)
        await_ended(self, drainer.retired(self), self._known_ended)
        now = time.monotonic()
        if self._has_forked or now - self._recovered_at >= _RECOVER_EVERY_S:
            self._recovered_at = now
            recover(self, drainer.retired(self))

    def sync_journals(self) -> None:
        """Bring in what dead processes have left, and what they could not; raises what the store raises."""
        self._recovered_at = -_RECOVER_EVERY_S
        self.flush()
        drainer.sync(self)

    def close(self) -> None:
        """Flush, and give up files and connections. Further calls raise StoreError."""
        if self._closed:
            return
        self._closing = True
        if self._siblings is not None:
            drainer.guarded(self._drain_own)
        drainer.release(self)
        if self._siblings is not None:
            self._siblings.close()
        self._closed = True
        self._disconnect()

    @abstractmethod
    def _disconnect(self) -> None:
        """Give up the connections of a store that is closed."""

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The store {self._place} was closed.")

    def _no_run(self, run_id: str) -> ResourceDoesNotExistError:
        return ResourceDoesNotExistError(f"Run with id={run_id} not found in {self._place}.")

    def _no_experiment(self, experiment_id: str) -> ResourceDoesNotExistError:
        return ResourceDoesNotExistError(f"No Experiment with id={experiment_id} exists in {self._place}.")

    def _after_fork(self) -> None:
        self._write_lock = threading.RLock()
        self._has_forked = False


_stores: weakref.WeakSet[WritePath] = weakref.WeakSet()


def _stores_after_fork() -> None:
    for store in list(_stores):
        store._after_fork()  # noqa: SLF001 - the same module


def _stores_have_forked() -> None:
    for store in list(_stores):
        store._has_forked = True  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_stores_have_forked, after_in_child=_stores_after_fork)


def experiment_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return an experiment's tags, checked."""
    limit = limits.MAX_EXPERIMENT_TAG_VALUE
    return {
        limits.check_key(key, "Tag"): checked_value(str(value), limit, f"The value of tag {key!r}")
        for key, value in (tags or {}).items()
    }


def name_taken(name: str, stage: str) -> str:
    """Return what to say of an experiment's name that is in use."""
    if stage == LifecycleStage.DELETED:
        return (
            f"Experiment(name={name}) already exists in deleted state. Restore it, delete it for good, or use "
            "another name."
        )
    return f"Experiment(name={name}) already exists."


def not_active(run_id: str) -> InvalidParameterError:
    """Return the error of a change to a deleted run."""
    return InvalidParameterError(
        f"The run {run_id} must be in the 'active' state to be changed, but it is deleted. Restore it first."
    )


def check_update(status: str | None, end_time: int | None) -> None:
    """Raise where a run's new status or end time is none."""
    if status is not None:
        limits.check_status(status)
    if end_time is not None:
        limits.check_timestamp(end_time)


def _twice(params: Sequence[Param]) -> list[str]:
    keys = [param.key for param in params]
    return sorted({key for key in keys if keys.count(key) > 1})
