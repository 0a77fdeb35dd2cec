"""What a log call runs: check, pack, append. No thread, no database and no network on the caller's path.

A writer is *open* while it has a journal file, and *parked* otherwise: before its first call, after `end`,
after a fork (in the child), and when it has been idle. A parked writer opens a new journal by itself at the
next call, so no call is ever refused for it.
"""

from __future__ import annotations

import ctypes
import math
import os
import struct
import threading
import time
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from jupyter_tracker import settings
from jupyter_tracker.entities import Metric, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import StoreError, warn_once
from jupyter_tracker.store.base import Batch, NewRun
from jupyter_tracker.store.journal import checks, records
from jupyter_tracker.store.journal.appending import write as _write
from jupyter_tracker.store.journal.appending import write_slot as _write_slot
from jupyter_tracker.store.journal.batch import batch_of
from jupyter_tracker.store.journal.file import JournalFile
from jupyter_tracker.store.journal.fork_gate import FORK_GATE
from jupyter_tracker.store.journal.stored import PartlyStoredError

if TYPE_CHECKING:
    import numpy.typing as npt

    from jupyter_tracker.store.journal.drain import Drainer
    from jupyter_tracker.store.journal.target import JournalTarget

_SERIES_PIECE = 65_536
_DRAIN_BYTES = 8 << 20
_PIECE_BYTES = 1 << 20  # of somebody who may run out of patience
_SHORT_BYTES = 64 << 10  # some 1,800 points


class RunWriter:
    """The one writer that a process has of a run. Thread-safe; survives a fork as a writer of its own.

    Every method checks its arguments first (`InvalidParameterError`), then returns as soon as the kernel
    has the bytes: they survive a killed process from then on.

    Attributes
    ----------
    log_metric : callable
        ``log_metric(key, value, step=None, timestamp=None)``: log one point. `step` is 0 and `timestamp`
        (ms UTC) is now where left out.
    """

    log_metric: Callable[..., None]

    def __init__(
        self,
        target: JournalTarget,
        run_id: str,
        drainer: Drainer,
        *,
        fresh: bool = False,
        new_run: NewRun | None = None,
    ) -> None:
        self.target = target
        self.run_id = run_id
        self.owner = False
        self._drainer = drainer
        # A run that this process has just made has no params, and is not deleted.
        fresh = fresh or new_run is not None
        self._params: dict[str, str] | None = {} if fresh else None
        self._loggable = fresh
        self._new_run = new_run  # until the store has it
        self._key_ids: dict[str, int] = {}
        self._keys: list[str] = []
        self._journal: JournalFile | None = None
        self._lock = threading.RLock()
        self._drain_lock = threading.RLock()
        self._kept: list[bytes] = []
        self.last_used = time.monotonic()
        self._power = settings.text("JUPYTER_TRACKER_DURABILITY") == "power"
        self.log_metric, self._set_fd = _hot_path(self)

    # logging -------------------------------------------------------------------------------------

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None, timestamp: int | None = None) -> None:
        """Log one point of each metric, all of them or none."""
        step = limits.check_step(step)
        timestamp = now_ms() if timestamp is None else limits.check_timestamp(timestamp)
        values = [limits.check_metric_value(value, key) for key, value in metrics.items()]
        for key in metrics:
            limits.check_key(key, "Metric")
        with self._lock:
            numbers = [self._number(key) for key in metrics]
            points = zip(numbers, values, strict=True)
            self._append(b"".join([records.pack_metric(number, step, timestamp, value) for number, value in points]))

    def log_points(self, metrics: Sequence[Metric]) -> None:
        """Log many points of any keys in one append, all of them or none."""
        if metrics:
            columns = checks.point_columns(metrics)
            with self._lock:
                self._append(self._block(metrics, *columns))

    def log_batch(
        self, metrics: Sequence[Metric] = (), params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Log points, params and tags in one append, all of them or none."""
        columns = checks.point_columns(metrics) if metrics else None
        checked_tags = checks.checked_tags(tags or {})
        with self._held(params=bool(params)):
            new_params = self._new_params(params or {})
            parts = [self._block(metrics, *columns)] if columns else []
            if new_params:
                parts.append(records.pack_json(records.PARAMS, new_params, now_ms()))
            if checked_tags:
                parts.append(records.pack_json(records.TAGS, checked_tags, now_ms()))
            if parts:
                self._append(b"".join(parts))
            if new_params:
                self._known_params().update(new_params)

    def log_series(
        self,
        key: str,
        values: npt.ArrayLike,
        steps: npt.ArrayLike | None = None,
        timestamps: npt.ArrayLike | None = None,
    ) -> None:
        """Log a whole array of one metric.

        Parameters
        ----------
        key : str
            The metric.
        values : array of numbers, shape (n,)
            NaN and the infinities are values like others.
        steps : array of integers, shape (n,), optional
            0, 1, … where left out.
        timestamps : array of integers, shape (n,), optional
            ms UTC; now for all where left out.
        """
        import numpy as np

        columns = checks.series_columns(key, values, steps, timestamps)
        with self._lock:
            number = self._number(key)
            for start in range(0, len(columns[0]), _SERIES_PIECE):
                piece = [np.ascontiguousarray(column[start : start + _SERIES_PIECE]) for column in columns]
                payload = b"".join([column.tobytes() for column in piece])
                self._append(records.pack_payload(records.SERIES, payload, now_ms(), number))

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log params; a value other than the one logged before raises and logs none of them."""
        self.log_batch(params=params)

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags."""
        self.log_batch(tags=tags)

    def refresh_params(self) -> None:
        """Forget which params are known, so that the next check sees other processes' too."""
        with self._lock:
            self._params = None

    # draining ------------------------------------------------------------------------------------

    def drain(self, patience_s: float | None = None) -> int:
        """Bring what the journal holds into the store; return the bytes brought. Raises StoreError.

        Whoever has no more `patience_s`, in seconds, leaves the rest to the drain thread.
        """
        if not self._drain_lock.acquire(timeout=-1 if patience_s is None else patience_s):
            return 0
        try:
            journal = self._journal
            return 0 if journal is None else self._drain(journal, patience_s)
        finally:
            self._drain_lock.release()

    flush = drain

    @property
    def held_from_draining(self) -> AbstractContextManager[bool]:
        """Within it no other thread drains or ends this writer."""
        return self._drain_lock

    def short_batch(self) -> Batch | None:
        """Return all that the store does not have of its journal; None where there is none, or it is not short."""
        return None if self._journal is None else self._rest(self._journal)

    def brought_in(self, batch: Batch) -> None:
        """Take note that the store has a batch of `short_batch`; the caller has held it since."""
        if self._journal is not None:
            self._journal.position = batch.position
        self._new_run = None
        self.last_used = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether it has a journal at this moment."""
        return self._journal is not None

    @property
    def lacks_room(self) -> bool:
        """Whether something of it is in memory only, for want of room on the disk."""
        return bool(self._kept)

    def own(self) -> None:
        """Make this process the run's owner: when it dies, the run is closed as KILLED."""
        with self._drain_lock, self._lock:
            self.close()
            self.owner = True
            self._open()

    def end(self, status: str, end_time: int | None = None) -> None:
        """Set the run's status and end time (ms UTC, default now), in one transaction with what was logged last.

        A short run is handed to the drain thread, which brings several into the store together; who reads waits
        for that. Where the store cannot be reached the end is in the journal and reaches it later.
        """
        ended = {"status": limits.check_status(status), "end_time": now_ms() if end_time is None else end_time}
        self.target.note_place()
        with self._drain_lock, self._lock:
            self._append(records.pack_json(records.END, ended, now_ms()))
            journal = self._journal
            if journal is None or self._kept or journal.size > _SHORT_BYTES:
                self.close()
                return
            journal.mark_ended()
            self._park()
        self._drainer.finish(self.target, journal, self._drain, self._rest)

    def close(self) -> None:
        """Drain and park. The run's status stays."""
        with self._drain_lock, self._lock:
            journal = self._journal
            if journal is None:
                return
            self._set_fd(-1)
            self._flush_kept(journal)
            try:
                self._drain(journal)
            except StoreError as error:
                warn_once(f"Run {self.run_id} is not in the store yet: {error}. It is kept in {journal.path}.")
                self._drainer.adopt(self.target, journal, self._drain, self._rest)
            else:
                self._drainer.retire(self.target, journal)
            self._park()

    def _drain(self, journal: JournalFile, patience_s: float | None = None) -> int:
        with FORK_GATE:
            return self._drain_all(journal, patience_s)

    def _drain_all(self, journal: JournalFile, patience_s: float | None) -> int:
        # A loop that logs faster than it is drained would keep whoever waits here for ever.
        done, limit, logged = 0, _DRAIN_BYTES if patience_s is None else _PIECE_BYTES, journal.size
        deadline = math.inf if patience_s is None else time.monotonic() + patience_s
        while True:
            data = journal.read(limit)
            content = records.read(data, trusted=True)
            if content.end:
                self.last_used = time.monotonic()
                try:
                    self.target.apply(self._batch(journal, content))
                except PartlyStoredError:
                    journal.position = self.target.journal_position(journal.journal_id)
                    continue
                self._new_run = None
                journal.position += content.end
                done += content.end
            elif len(data) == limit:  # one record is longer than that
                limit *= 2
                continue
            if len(data) < limit or journal.position >= logged or time.monotonic() > deadline:
                return done

    def _rest(self, journal: JournalFile) -> Batch | None:
        """Return all that the store does not have of a short journal; None where it is not short."""
        data = journal.read(_SHORT_BYTES + 1)
        if len(data) > _SHORT_BYTES:
            return None
        return self._batch(journal, records.read(data, trusted=True))

    def _batch(self, journal: JournalFile, content: records.Content) -> Batch:
        journal.keys.update(content.keys)
        return batch_of(content, self.run_id, journal.journal_id, journal.position, journal.keys)

    # the journal ---------------------------------------------------------------------------------

    def _open(self) -> JournalFile:
        if self._journal is None:
            if not self._loggable:
                self.target.check_loggable(self.run_id)
            self._loggable = False  # by the next opening somebody may have deleted the run
            self._journal = JournalFile.create(
                self.target.journal_dir, self.run_id, owner=self.owner, new_run=self._new_run
            )
            self._set_fd(self._journal.fd)
            self._drainer.add(self)
        return self._journal

    def park_if_idle(self, seconds: float) -> None:
        """Close the journal of a run that this process only takes part in and has not logged to for a while."""
        with self._drain_lock, self._lock:
            if time.monotonic() - self.last_used > seconds and not self.drain():
                self.close()

    def _park(self) -> None:
        self._set_fd(-1)
        self._journal = None
        self._key_ids.clear()
        self._keys.clear()
        self.owner = False
        self._drainer.discard(self)

    def abandon(self) -> None:
        """Throw its journal away: the run has been removed for good."""
        with self._drain_lock, self._lock:
            journal, self._kept = self._journal, []
            self._park()
            if journal is not None:
                os.close(journal.fd)
                journal.path.unlink(missing_ok=True)

    def after_fork(self) -> None:
        """Leave the parent's journal alone: in the child this writer starts a journal of its own."""
        journal, self._kept, self._new_run = self._journal, [], None
        self._lock, self._drain_lock = threading.RLock(), threading.RLock()
        self._park()
        if journal is not None:
            os.close(journal.fd)

    def _number(self, key: str) -> int:
        number = self._key_ids.get(key)
        if number is None:
            number = len(self._keys)
            payload = key.encode("utf-8")
            self._append(records.pack_payload(records.KEY, payload, now_ms(), number))
            self._keys.append(key)
            self._key_ids[key] = number
        return number

    def _announce(self, key: object) -> int:
        checked = limits.check_key(key, "Metric")
        with self._lock:
            return self._number(checked)

    def _append(self, data: bytes) -> None:
        """Append under the lock; what the disk has no room for stays in memory until it has."""
        journal = self._open()
        self.last_used = time.monotonic()
        if self._kept and not self._flush_kept(journal):
            self._kept.append(data)
            return
        sent = _write(journal.fd, data, len(data))
        if sent != len(data):
            self._keep(journal, data, sent)
        elif self._power:
            journal.sync()

    def _retry(self, record: bytes, sent: int, again: tuple[str, float, int, int]) -> None:
        """Finish a point whose append did not go through: the writer was parked, or the disk is full."""
        with self._lock:
            if sent > 0 and self._journal is not None:
                self._keep(self._journal, record, sent)
                return
            # Key numbers belong to a journal, and this may be another one by now.
            key, value, step, timestamp = again
            self._append(records.pack_metric(self._number(key), step, timestamp, value))

    def _keep(self, journal: JournalFile, data: bytes, sent: int) -> None:
        if sent > 0:
            journal.cut(sent)
        self._kept.append(data)
        self._set_fd(-1)
        reason = os.strerror(ctypes.get_errno()) if sent < 0 else "the disk is full"
        warn_once(
            f"Cannot write to {journal.path} ({reason}). What is logged is kept in memory and written when there "
            "is room again; free some space before the process ends.",
            topic=f"keep {journal.path}",
        )

    def _flush_kept(self, journal: JournalFile) -> bool:
        while self._kept:
            data = self._kept[0]
            sent = _write(journal.fd, data, len(data))
            if sent != len(data):
                if sent > 0:
                    journal.cut(sent)
                return False
            self._kept.pop(0)
        self._set_fd(journal.fd)
        return True

    def settle(self) -> None:
        """Try again to write what the disk had no room for, and show a live journal as alive."""
        with self._lock:
            journal = self._journal
            if journal is not None:
                if self._kept:
                    self._flush_kept(journal)
                journal.heartbeat()

    # params --------------------------------------------------------------------------------------

    @contextmanager
    def _held(self, *, params: bool) -> Iterator[None]:
        """Hold the lock; where params have to be looked up, behind what the journal holds, draining is held before it.

        Whoever ends or parks the journal takes the two in that order, too.
        """
        while True:
            looks_up = params and self._params is None
            with self._drain_lock if looks_up else nullcontext(), self._lock:
                if looks_up or not params or self._params is not None:
                    yield
                    return

    def _known_params(self) -> dict[str, str]:
        if self._params is None:
            self.drain()
            self._params = self.target.params_of(self.run_id)
        return self._params

    def _new_params(self, params: Mapping[str, object]) -> dict[str, str]:
        return checks.new_params(params, self._known_params(), self.run_id) if params else {}

    def _block(
        self, metrics: Sequence[Metric], steps: array[int], timestamps: array[int], values: array[float]
    ) -> bytes:
        ids = self._key_ids
        try:
            numbers = [ids[metric.key] for metric in metrics]
        except (KeyError, TypeError):
            for index, metric in enumerate(metrics):
                limits.check_key(metric.key, "Metric", f"metrics[{index}]")
            numbers = [self._number(metric.key) for metric in metrics]
        return records.pack_block(numbers, steps, timestamps, values, now_ms())


def _hot_path(writer: RunWriter) -> tuple[Callable[..., None], Callable[[int], None]]:
    """Return `log_metric`, and the function that tells it the descriptor to write to."""
    # Locals of a closure are the cheapest names Python has.
    fd = ctypes.c_int(-1)
    key_ids = writer._key_ids  # noqa: SLF001 - the same object of this module
    pack, pack_crc, crc32 = records.BODY.pack, records.CRC.pack, zlib.crc32
    write, now, kind, slot, size = _write_slot, time.time, records.METRIC, records.SLOT, ctypes.c_size_t(records.SLOT)
    announce, retry, power = writer._announce, writer._retry, writer._power  # noqa: SLF001

    def log_metric(key: str, value: float, step: int | None = None, timestamp: int | None = None) -> None:
        if type(value) is not float:
            value = limits.check_metric_value(value, key)
        if step is None:
            step = 0
        elif type(step) is not int:
            step = limits.check_step(step)
        timestamp = int(now() * 1000) if timestamp is None else limits.check_timestamp(timestamp)
        try:
            number = key_ids[key]
        except (KeyError, TypeError):
            number = -1
        if number < 0:  # outside, so that a bad key's error does not hang on to this one
            number = announce(key)
        try:
            body = pack(kind, 0, number, step, timestamp, value)
        except struct.error:  # over 64 bits
            limits.check_step(step)
            raise
        record = pack_crc(crc32(body)) + body
        sent = write(fd, record, size)
        if sent != slot:
            retry(record, sent, (key, value, step, timestamp))
        elif power:
            os.fsync(fd.value)

    def set_fd(new: int) -> None:
        nonlocal fd
        fd = ctypes.c_int(new)

    return log_metric, set_fd
