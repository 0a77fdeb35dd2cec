"""The write path on a server: opening, starting, logging, draining and ending. `hot`'s sibling.

What a log call runs is the same: a journal, here in the user's own data folder. Only its draining differs, and so the
server may be slow, restart or be away for a while: log calls do not notice.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from jupyter_tracker.entities import Experiment, MetricSeries, Run, RunInfo, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.experiment import LifecycleStage
from jupyter_tracker.errors import (
    InvalidParameterError,
    ResourceAlreadyExistsError,
    StoreUnavailableError,
)
from jupyter_tracker.store.base import Activity, Batch, NewRun
from jupyter_tracker.store.journal.checks import checked_value
from jupyter_tracker.store.journal.writer import RunWriter
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import insert_one, put
from jupyter_tracker.store.sql.fetching import Query, loaded, planned_once, tags_by_owner
from jupyter_tracker.store.sql.new_runs import RUN_NAME_TAG, as_run, experiment_number, new_run
from jupyter_tracker.store.sql.rows import RUN_COLUMNS, experiment_of, runs_in_json, runs_of
from jupyter_tracker.store.sql.schema import experiment_tags as experiment_tag_table
from jupyter_tracker.store.sql.schema import experiments, journals, metric_chunks, params, runs, store_info, tags
from jupyter_tracker.store.sql.server_apply import apply_batches, insert_run, make_run
from jupyter_tracker.store.sql.server_engine import ServerDatabase
from jupyter_tracker.store.sql.server_look import store_folder
from jupyter_tracker.store.sql.server_opening import artifact_location, artifact_root, open_database
from jupyter_tracker.store.turns import SHORT_TURNS
from jupyter_tracker.store.write_path import check_update, experiment_tags, name_taken

Result = TypeVar("Result")
Args = ParamSpec("Args")

# Whoever ends a run waits for this long for a server that is away; then the journal keeps the run.
_DRAIN_PATIENCE_S = 2.0
_LOCK = sa.select(store_info.c.value).where(store_info.c.key == "store_id").with_for_update()


@cache
def _of_run_id() -> Query:
    return planned_once(runs_in_json(sa.select(*RUN_COLUMNS).where(runs.c.run_id == sa.bindparam("run_id"))))


def _tried_again(
    method: Callable[Concatenate[ServerPath, Args], Result],
) -> Callable[Concatenate[ServerPath, Args], Result]:
    """Give a method of one transaction a second try where the server or a deadlock has undone it."""

    @functools.wraps(method)
    def wrapper(self: ServerPath, /, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        return self.attempt(partial(method, self, *args, **kwargs))

    return wrapper


class ServerPath(SqlAccess):
    """What a run needs while it is written. Mixed into `ServerStore`, which adds everything else.

    Parameters
    ----------
    url : str
        ``postgresql://…`` or ``mysql://…``, credentials included.
    create : bool
        Whether its tables are made where there are none. Without it a server that is away is not waited for.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.database = ServerDatabase(url)
        super().__init__(self.database.name)
        self.uri = self.database.name
        self._known: dict[int, tuple[str, str]] = {}  # id: name and location of experiments that took runs
        opening = partial(open_database, self.database, create=create)
        self.store_id = self.database.attempt(opening, patience_s=None if create else 0.0)
        # Locations in the database are absolute: nothing is relative to this machine's folder.
        self.root = store_folder(self.store_id)
        self._journal_dir = self.root / "runs"

    @property
    def artifact_root(self) -> str:
        """The URI below which new experiments keep their artifacts."""
        return self.attempt(self._find_artifact_root)

    def _find_artifact_root(self) -> str:
        with self.database.read() as connection:
            return artifact_root(connection, self.store_id)

    # transactions --------------------------------------------------------------------------------

    def attempt(self, operation: Callable[[], Result]) -> Result:
        """Return what an operation of one transaction returns, tried again where the server has undone it."""
        self._check_open()
        return self.database.attempt(operation)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection in a read transaction that sees everything this process has logged."""
        self._check_open()
        with SHORT_TURNS:
            self._catch_up()
            with self.database.read() as connection:
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that holds the store's write lock: one row of it."""
        self._check_open()
        self.flush()
        self._fresh.clear()
        with self.database.write() as connection:
            connection.execute(_LOCK)
            yield connection

    # experiments ---------------------------------------------------------------------------------

    @_tried_again
    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones included."""
        with self.database.read() as connection:
            found = self._experiment(connection, experiments.c.experiment_id == experiment_number(experiment_id))
        if found is None:
            raise self._no_experiment(experiment_id)
        return found

    @_tried_again
    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, deleted ones included, or None."""
        with self.database.read() as connection:
            return self._experiment(connection, experiments.c.name == name)

    def _experiment(self, connection: sa.Connection, clause: sa.ColumnElement[bool]) -> Experiment | None:
        row = connection.execute(sa.select(experiments).where(clause)).mappings().one_or_none()
        if row is None:
            return None
        number = row["experiment_id"]
        labels = tags_by_owner(connection, experiment_tag_table, [number])
        return experiment_of(self.root, dict(row), labels.get(number, {}))

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> str:
        """Create an experiment and return its id."""
        limits.check_experiment_name(name)
        limits.check_artifact_location(artifact_location)
        return self.attempt(partial(self._create_experiment, name, artifact_location, experiment_tags(tags)))

    def _create_experiment(self, name: str, location: str | None, labels: Mapping[str, str]) -> str:
        now = now_ms()
        values = {"name": name, "artifact_location": "", "lifecycle_stage": LifecycleStage.ACTIVE,
                  "creation_time": now, "last_update_time": now}  # fmt: skip
        with self.write() as connection:
            query = sa.select(experiments.c.lifecycle_stage).where(experiments.c.name == name)
            stage = connection.execute(query).scalar()
            if stage is not None:
                raise ResourceAlreadyExistsError(name_taken(name, stage))
            number = insert_one(connection, experiments, **values)
            place = artifact_location(connection, self.store_id, location, number)
            changed = sa.update(experiments).where(experiments.c.experiment_id == number)
            connection.execute(changed.values(artifact_location=place))
            rows = [{"experiment_id": number, "key": key, "value": value} for key, value in labels.items()]
            put(connection, experiment_tag_table, rows)
        return str(number)

    @_tried_again
    def experiment_activity(self) -> dict[str, Activity]:
        """Return how many active runs each experiment has, and when the newest of them started."""
        running = sa.func.sum(sa.case((runs.c.status == "RUNNING", 1), else_=0))
        query = (
            sa.select(runs.c.experiment_id, sa.func.count(), running, sa.func.max(runs.c.start_time))
            .where(runs.c.lifecycle_stage == LifecycleStage.ACTIVE)
            .group_by(runs.c.experiment_id)
        )
        with self.read() as connection:
            return {str(number): Activity(*map(int, counts)) for number, *counts in connection.execute(query)}

    # runs ----------------------------------------------------------------------------------------

    def create_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a RUNNING run in an active experiment. Without a name one is made up."""
        new, run_id = new_run(experiment_id, user_id, start_time, tags, run_name), os.urandom(16).hex()
        tried: list[str] = []

        def create() -> str:
            with self.database.write() as connection:
                location = self._active_experiment(connection, new.experiment_id)
                # It may be there from a try whose commit was cut off: the id is ours alone.
                (make_run if tried else insert_run)(connection, run_id, new)
                tried.append(run_id)
            return location

        self._check_open()
        location = self.database.attempt(create, repeatable=True)
        self._made(run_id)
        return as_run(run_id, new, self.root, location)

    def start_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> tuple[Run, RunWriter]:
        """Create a run that this process owns, in its journal.

        A server that is away is no hindrance where this process has seen the experiment before.
        """
        new, run_id = new_run(experiment_id, user_id, start_time, tags, run_name), os.urandom(16).hex()
        try:
            location = self.database.attempt(
                partial(self._find_experiment, new.experiment_id), patience_s=_DRAIN_PATIENCE_S
            )
        except StoreUnavailableError:
            known = self._known.get(int(new.experiment_id))
            if known is None:
                raise
            location = known[1]
        self._check_open()
        return as_run(run_id, new, self.root, location), self._writer_of_new(run_id, new)

    def _find_experiment(self, experiment_id: str) -> str:
        with self.database.read() as connection:
            return self._active_experiment(connection, experiment_id)

    def _active_experiment(self, connection: sa.Connection, experiment_id: str) -> str:
        """Return the location of an experiment that takes runs."""
        number = int(experiment_id)
        table = experiments.c
        query = sa.select(table.name, table.artifact_location, table.lifecycle_stage)
        row = connection.execute(query.where(table.experiment_id == number)).one_or_none()
        self._known.pop(number, None)
        if row is None:
            raise self._no_experiment(experiment_id)
        if row[2] != LifecycleStage.ACTIVE:
            raise InvalidParameterError(
                f"The experiment {row[0]!r} (id {experiment_id}) is deleted: it must be in the 'active' state to "
                "take runs. Restore it, or choose another."
            )
        self._known[number] = row[0], row[1]
        return str(row[1])

    def _store_announced(self, run_id: str, new: NewRun) -> None:
        with self.database.write() as connection:
            make_run(connection, run_id, new)

    @_tried_again
    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params, tags, inputs and outputs; deleted ones included."""
        with self.read() as connection:
            found = self._runs(connection, run_id)
        if not found:
            if self._bring_in(run_id):
                return self.get_run(run_id)
            raise self._no_run(run_id)
        return found[0]

    @_tried_again
    def update_run(
        self, run_id: str, status: str | None = None, end_time: int | None = None, run_name: str | None = None
    ) -> RunInfo:
        """Change what is not None; a run that goes on after its end loses its end time."""
        check_update(status, end_time)
        self._check_loggable(run_id)
        changes: dict[str, Any] = {}
        if status is not None:
            changes["status"] = status
            if status in {"RUNNING", "SCHEDULED"}:
                changes["end_time"] = None
        if end_time is not None:
            changes["end_time"] = end_time
        if run_name:
            changes["run_name"] = checked_value(run_name, limits.MAX_TAG_VALUE, "The run name")
        with self.database.write() as connection:
            own = sa.select(runs.c.run).where(runs.c.run_id == run_id).with_for_update()
            run = connection.execute(own).scalar()
            if run is None:  # removed for good just now
                raise self._no_run(run_id)
            if changes:
                connection.execute(sa.update(runs).where(runs.c.run == run).values(**changes))
            if run_name:
                put(connection, tags, [{"run": run, "key": RUN_NAME_TAG, "value": changes["run_name"]}])
            return self._runs(connection, run_id)[0].info

    def _runs(self, connection: sa.Connection, run_id: str) -> list[Run]:
        return runs_of(self.root, loaded(connection.execute(_of_run_id(), {"run_id": run_id}).scalar_one()))

    # logging -------------------------------------------------------------------------------------

    def _apply(self, batches: Sequence[Batch]) -> None:
        apply = partial(apply_batches, self.database.write, batches, self._small_chunks)
        self.database.attempt(apply, repeatable=True, patience_s=_DRAIN_PATIENCE_S)

    def check_loggable(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted; a server that is away is asked when it is back."""
        with contextlib.suppress(StoreUnavailableError):
            self.database.attempt(partial(self._check_loggable, run_id), patience_s=_DRAIN_PATIENCE_S)

    def _stage_of(self, run_id: str) -> str | None:
        with self.database.read() as connection:
            stage = connection.execute(sa.select(runs.c.lifecycle_stage).where(runs.c.run_id == run_id)).scalar()
        return None if stage is None else str(stage)

    @_tried_again
    def params_of(self, run_id: str) -> dict[str, str]:
        """Return the params that the store has of a run, without flushing."""
        query = sa.select(params.c.key, params.c.value).join(runs).where(runs.c.run_id == run_id)
        with self.database.read() as connection:
            return dict(map(tuple, connection.execute(query)))

    @_tried_again
    def metric_series(self, run_id: str, key: str) -> MetricSeries:
        """Return every point of a metric as arrays, identical ones once; empty for an unknown key."""
        with self.read() as connection:
            run = connection.execute(sa.select(runs.c.run).where(runs.c.run_id == run_id)).scalar()
            if run is None:
                raise self._no_run(run_id)
            query = sa.select(metric_chunks.c.data).where(metric_chunks.c.run == run, metric_chunks.c.key == key)
            data = [bytes(chunk) for chunk in connection.execute(query.order_by(metric_chunks.c.chunk)).scalars()]
        return MetricSeries(key, *chunks.joined(data))

    # the write path ------------------------------------------------------------------------------

    @_tried_again
    def journal_position(self, journal_id: str) -> int:
        """Return how many bytes of a journal the store has."""
        query = sa.select(journals.c.position).where(journals.c.journal_id == journal_id)
        with self.database.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    @_tried_again
    def journal_positions(self) -> dict[str, int]:
        """Return how many bytes of each journal the store has, of those that are not forgotten yet."""
        with self.database.read() as connection:
            return dict(map(tuple, connection.execute(sa.select(journals.c.journal_id, journals.c.position))))

    def sync(self, gone: list[str]) -> None:
        """Forget the positions of the journals in `gone`. Commits survive by themselves: that is the server's task."""

        def forget() -> None:
            with self.database.write() as connection:
                for start in range(0, len(gone), 500):
                    some = gone[start : start + 500]
                    connection.execute(sa.delete(journals).where(journals.c.journal_id.in_(some)))

        if gone:
            self.database.attempt(forget, repeatable=True, patience_s=_DRAIN_PATIENCE_S)

    def _disconnect(self) -> None:
        self.database.close()

    def _after_fork(self) -> None:
        super()._after_fork()
        self.database.after_fork()
