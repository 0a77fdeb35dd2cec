"""The hot path: opening, starting, logging, draining and ending, on the SQLite driver itself.

No SQLAlchemy here: its import alone would double the time to a script's first metric. The statements are in
`sqlite_text`, the write path that calls `apply` in `store/journal`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.entities import DatasetInput, Experiment, MetricSeries, Run, RunInfo, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.experiment import LifecycleStage
from jupyter_tracker.errors import (
    ResourceAlreadyExistsError,
)
from jupyter_tracker.store.base import Activity, Batch, NewRun
from jupyter_tracker.store.inputs import check_inputs
from jupyter_tracker.store.journal.checks import checked_value
from jupyter_tracker.store.journal.drain import drainer
from jupyter_tracker.store.journal.fork_gate import FORK_GATE
from jupyter_tracker.store.journal.writer import RunWriter
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql import sqlite_text as text
from jupyter_tracker.store.sql.apply import apply_batches
from jupyter_tracker.store.sql.connection import connect, sqlite3
from jupyter_tracker.store.sql.faults import explain
from jupyter_tracker.store.sql.hot_inputs import put_inputs
from jupyter_tracker.store.sql.locations import absolute_location, run_artifact_uri, stored_location
from jupyter_tracker.store.sql.new_runs import (
    RUN_NAME_TAG,
    active_experiment,
    as_run,
    experiment_number,
    insert_run,
    new_run,
    put_tags,
)
from jupyter_tracker.store.sql.opening import open_database
from jupyter_tracker.store.sql.run_reading import read_run
from jupyter_tracker.store.sql.vanished import Watched
from jupyter_tracker.store.turns import SHORT_TURNS
from jupyter_tracker.store.write_path import WritePath, check_update, experiment_tags, name_taken, not_active

if TYPE_CHECKING:
    from sqlite3 import Connection

_LARGE_WAL_BYTES = 2 << 20
# Versions of two connections say nothing of each other.
_NUMBERS = itertools.count()


class HotPath(WritePath):
    """What a run needs while it is written. Mixed into `SqlStore`, which adds everything else."""

    def __init__(self, path: Path, artifact_root: str | None = None) -> None:
        super().__init__(str(path))
        self.path = path
        self.root = path.parent
        self.uri = f"sqlite:///{path}"
        self._journal_dir = Path(f"{path}.runs")
        self._local = threading.local()
        self._artifact_root = stored_location(self.root, artifact_root) if artifact_root else "artifacts"
        with FORK_GATE:
            self.store_id = open_database(path, self._connection())
        self._watched = Watched(path)
        if artifact_root:
            self._place_default()

    @property
    def artifact_root(self) -> str:
        """The URI below which new experiments keep their artifacts."""
        return absolute_location(self.root, self._artifact_root)

    def _place_default(self) -> None:
        """Give the experiment that every store has its place below the root, unless it has runs already."""
        with self._writing() as connection:
            connection.execute(text.PLACE_DEFAULT, (f"{self._artifact_root}/0",))

    # connections ---------------------------------------------------------------------------------

    def _connection(self) -> Connection:
        """Return this thread's connection; a forked child gets its own."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._check_open()
            # SQLite forbids a child to touch, even to close, what its parent opened: it is kept, unused.
            _never_closed.append(getattr(self._local, "connection", None))
            try:
                self._local.connection = connect(self.path)
                self._local.number = next(_NUMBERS)
            except sqlite3.Error as error:
                raise explain(error, self.path) from error
            self._local.pid = os.getpid()
        connection: Connection = self._local.connection
        return connection

    def change_mark(self) -> tuple[int, int, int]:
        """See `Store.change_mark`: what other connections have committed, and what this thread's own has written."""
        with self._caught_up() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return self._local.number, version, connection.total_changes

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with FORK_GATE:
                yield self._connection()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    @contextlib.contextmanager
    def _caught_up(self) -> Iterator[Connection]:
        """Give a connection to read with, after what this process has logged is in the store."""
        with SHORT_TURNS:
            self._catch_up()
            with self._reading() as connection:
                yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that holds the write lock."""
        # Threads of one process queue here: SQLite's own waiting sleeps in ever longer steps.
        with self._write_lock, self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    # experiments ---------------------------------------------------------------------------------

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones included."""
        with self._reading() as connection:
            row = connection.execute(text.EXPERIMENT_BY_ID, (experiment_number(experiment_id),)).fetchone()
            if row is None:
                raise self._no_experiment(experiment_id)
            return self._experiment(connection, row)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, deleted ones included, or None."""
        with self._reading() as connection:
            row = connection.execute(text.EXPERIMENT_BY_NAME, (name,)).fetchone()
            return None if row is None else self._experiment(connection, row)

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> str:
        """Create an experiment and return its id."""
        limits.check_experiment_name(name)
        limits.check_artifact_location(artifact_location)
        checked = experiment_tags(tags)
        location = stored_location(self.root, artifact_location) if artifact_location else None
        now = now_ms()
        with self._writing() as connection:
            taken = connection.execute(text.EXPERIMENT_BY_NAME, (name,)).fetchone()
            if taken is not None:
                raise ResourceAlreadyExistsError(name_taken(name, taken[3]))
            number = connection.execute(text.NEW_EXPERIMENT, (name, location or "", now, now)).lastrowid
            if location is None:
                connection.execute(text.EXPERIMENT_LOCATION, (f"{self._artifact_root}/{number}", number))
            if checked:
                values = [value for key, tag in checked.items() for value in (number, key, tag)]
                connection.execute(text.NEW_EXPERIMENT_TAGS + text.rows(len(checked), 3), values)
        return str(number)

    def _experiment(self, connection: Connection, row: Sequence[object]) -> Experiment:
        number, name, location, stage, created, updated = row
        tags = dict(connection.execute(text.EXPERIMENT_TAGS, (number,)).fetchall())
        where = absolute_location(self.root, str(location))
        return Experiment(str(number), str(name), where, str(stage), tags, created, updated)  # type: ignore[arg-type]

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
        with self._writing() as connection:
            experiment = active_experiment(connection, new.experiment_id, self.path)
            self._insert(connection, run_id, new)
        self._made(run_id)
        return as_run(run_id, new, self.root, str(experiment[2]))

    def start_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> tuple[Run, RunWriter]:
        """Create a run that this process owns, in its journal: a short run is one transaction, at its end."""
        new, run_id = new_run(experiment_id, user_id, start_time, tags, run_name), os.urandom(16).hex()
        with self._reading() as connection:
            experiment = active_experiment(connection, new.experiment_id, self.path)
        return as_run(run_id, new, self.root, str(experiment[2])), self._writer_of_new(run_id, new)

    def _store_announced(self, run_id: str, new: NewRun) -> None:
        with self._writing() as connection:
            self._insert(connection, run_id, new)

    def _insert(self, connection: Connection, run_id: str, new: NewRun) -> None:
        key = insert_run(connection, run_id, new)
        if key is not None:
            put_tags(connection, [(key, *tag) for tag in new.tags.items()])

    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params, tags, inputs and outputs; deleted ones included."""
        with self._caught_up() as connection:
            run = read_run(connection, self.root, run_id)
        if run is None:
            if self._bring_in(run_id):
                return self.get_run(run_id)
            raise self._no_run(run_id)
        return run

    def experiment_activity(self) -> dict[str, Activity]:
        """Return how many active runs each experiment has, and when the newest of them started."""
        with self._caught_up() as connection:
            rows = connection.execute(text.ACTIVITY).fetchall()
        return {str(number): Activity(*counts) for number, *counts in rows}

    def update_run(
        self, run_id: str, status: str | None = None, end_time: int | None = None, run_name: str | None = None
    ) -> RunInfo:
        """Change what is not None; a run that goes on after its end loses its end time."""
        check_update(status, end_time)
        self.check_loggable(run_id)
        with self._writing() as connection:
            row = self._run_row(connection, run_id)
            key, old_status, old_end = row[0], row[4], row[6]
            if row[7] != LifecycleStage.ACTIVE:
                raise not_active(run_id)
            goes_on = status in {"RUNNING", "SCHEDULED"}
            new_end = end_time if end_time is not None else (None if goes_on else old_end)
            connection.execute(text.RUN_STATUS, (status or old_status, new_end, key))
            if run_name:
                name = checked_value(run_name, limits.MAX_TAG_VALUE, "The run name")
                connection.execute(text.RUN_NAME, (name, key))
                connection.execute(text.NEW_TAGS + text.rows(1, 3) + text.ON_TAGS, (key, RUN_NAME_TAG, name))
            return self._run_info(run_id, self._run_row(connection, run_id))

    def _run_row(self, connection: Connection, run_id: str) -> Sequence[object]:
        row: Sequence[object] | None = connection.execute(text.RUN, (run_id,)).fetchone()
        if row is None:
            raise self._no_run(run_id)
        return row

    def _run_info(self, run_id: str, row: Sequence[object]) -> RunInfo:
        _, experiment_id, name, user_id, status, start, end, stage, artifact_uri, location = row
        uri = run_artifact_uri(self.root, artifact_uri, location, run_id)  # type: ignore[arg-type]
        return RunInfo(run_id, str(experiment_id), user_id, status, start, end, stage, uri, name)  # type: ignore[arg-type]

    # logging -------------------------------------------------------------------------------------

    def _apply(self, batches: Sequence[Batch]) -> None:
        apply_batches(self._writing, batches, self._small_chunks)

    def _stage_of(self, run_id: str) -> str | None:
        with self._reading() as connection:
            row = connection.execute(text.RUN_STAGE, (run_id,)).fetchone()
        return None if row is None else str(row[0])

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput] = (), model_ids: Sequence[str] = ()) -> None:
        """Record that an active run read data sets and logged models."""
        check_inputs(datasets)
        self._check_open()
        self.flush()
        with self._writing() as connection:
            row = self._run_row(connection, run_id)
            if row[7] != LifecycleStage.ACTIVE:
                raise not_active(run_id)
            put_inputs(connection, row[0], row[1], datasets, model_ids)  # type: ignore[arg-type]

    def params_of(self, run_id: str) -> dict[str, str]:
        """Return the params that the store has of a run, without flushing."""
        with self._reading() as connection:
            row = connection.execute(text.RUN_KEY, (run_id,)).fetchone()
            return {} if row is None else dict(connection.execute(text.PARAMS_OF, (row[0],)).fetchall())

    def metric_series(self, run_id: str, key: str) -> MetricSeries:
        """Return every point of a metric as arrays, identical ones once; empty for an unknown key."""
        with self._caught_up() as connection:
            run = self._run_row(connection, run_id)[0]
            # Row by row: memory for all chunks at once takes longer to get than they take to read.
            return MetricSeries(key, *chunks.joined_rows(connection.execute(text.CHUNKS_OF, (run, key))))

    # the write path ------------------------------------------------------------------------------

    def journal_position(self, journal_id: str) -> int:
        """Return how many bytes of a journal the store has."""
        with self._reading() as connection:
            row = connection.execute(text.POSITION, (journal_id,)).fetchone()
            return 0 if row is None else int(row[0])

    def journal_positions(self) -> dict[str, int]:
        """Return how many bytes of each journal the store has, of those that are not forgotten yet."""
        with self._reading() as connection:
            return dict(connection.execute(text.POSITIONS).fetchall())

    def note_place(self) -> None:
        """Look whether the file is still where it was."""
        self._watched.note()

    def sync(self, gone: list[str]) -> None:
        """Make all earlier commits survive a power cut; forget the positions of the journals in `gone`."""
        with self._write_lock, self._reading() as connection:
            (level,) = connection.execute("PRAGMA synchronous").fetchone()
            connection.execute("PRAGMA synchronous = FULL")
            try:
                with self._writing():
                    for start in range(0, len(gone), 500):
                        some = gone[start : start + 500]
                        connection.execute(text.FORGET_JOURNALS + text.some(len(some)), some)
                    # A commit that writes nothing syncs nothing.
                    connection.execute(text.MARK_SYNC, (str(now_ms()),))
            finally:
                connection.execute(f"PRAGMA synchronous = {level}")
            if any(writer.owner for writer in list(self._writers.values())):
                self._watched.note()
            self._watched.keep(connection, last=drainer.is_stopped or self._closing)
            self._shrink_wal(connection)

    def _shrink_wal(self, connection: Connection) -> None:
        with contextlib.suppress(OSError):
            if Path(f"{self.path}-wal").stat().st_size < _LARGE_WAL_BYTES:
                return
            # The long part does not keep writers waiting; readers may be busy: then the next one does the rest.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            connection.execute("PRAGMA busy_timeout = 20")
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute("PRAGMA busy_timeout = 30000")

    def _disconnect(self) -> None:
        with FORK_GATE:
            self._local.connection.close()
        self._local = threading.local()


_never_closed: list[object] = []
