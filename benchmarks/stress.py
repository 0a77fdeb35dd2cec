"""`python -m benchmarks.stress --minutes 60`: writers, readers and random SIGKILLs on one store, then an exact count.

Nothing is timed. Each writer keeps a ledger of each of its runs in memory that outlives it: points about to be
logged, and points whose call has returned. In the end every run must have at least the second and at most the
first, in order and with their values; none may be RUNNING, no journal left, and SQLite must find the file sound.
Checkpoints are forced all the while.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mmap
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.child import environment

_LEDGER = struct.Struct("<qqq")  # points begun, points returned, 1 where end_run has returned
_LONGEST_RUN_S = 3.0
_PAUSE_S = (0.05, 0.8)


def value_of(step: int) -> float:
    """Return the value that every point of this step must have."""
    return (step * 2654435761 % 1_000_003) / 7


# ------------------------------------------------------------------------------------------ the processes


def write(folder: Path, seed: int) -> None:
    """Start, log and end runs until killed."""
    import numpy as np

    import jupyter_tracker as tracker
    from jupyter_tracker.entities import Metric

    dice = random.Random(seed)
    tracker.set_tracking_uri(folder / "tracker.db")
    client = tracker.TrackerClient()
    for _ in count():
        run_id = tracker.start_run(run_name=f"stress-{seed}").info.run_id
        ledger = _new_ledger(folder, run_id)
        tracker.log_params({f"param{index}": index for index in range(dice.randrange(20))})
        step, ends = 0, time.monotonic() + dice.uniform(0, _LONGEST_RUN_S)
        while time.monotonic() < ends:
            size = dice.choice((1, 1, 1, 1, 200, 5000))
            _LEDGER.pack_into(ledger, 0, step + size, step, 0)
            if size == 1:
                tracker.log_metric("loss", value_of(step), step=step)
            elif size == 200:
                points = [Metric("loss", value_of(at), 1, at) for at in range(step, step + size)]
                client.log_batch(run_id, metrics=points)
            else:
                steps = np.arange(step, step + size)
                tracker.log_metric_series("loss", [value_of(at) for at in steps.tolist()], steps=steps)
            step += size
            _LEDGER.pack_into(ledger, 0, step, step, 0)
            if dice.random() < 0.02:
                tracker.set_tag("at", step)
                time.sleep(dice.uniform(0, 0.05))
        tracker.end_run()
        _LEDGER.pack_into(ledger, 0, step, step, 1)


def _new_ledger(folder: Path, run_id: str) -> mmap.mmap:
    path = folder / "ledgers" / run_id
    path.write_bytes(bytes(_LEDGER.size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _LEDGER.size)


def read(folder: Path, seed: int) -> None:
    """Read the newest runs until killed: what is there must be a whole beginning, and never less than before."""
    import jupyter_tracker as tracker

    dice = random.Random(seed)
    tracker.set_tracking_uri(folder / "tracker.db")
    seen: dict[str, int] = {}
    for _ in count():
        runs = tracker.search_runs(search_all_experiments=True, max_results=20, output_format="list")
        for run in dice.sample(runs, min(5, len(runs))):
            run_id = run.info.run_id
            steps, faults = _series_faults(tracker, run_id)
            if steps < seen.get(run_id, 0):
                faults.append(f"it had {seen[run_id]} points before, and has {steps} now")
            seen[run_id] = steps
            for fault in faults:
                (folder / "faults" / f"{run_id}.{time.monotonic_ns()}").write_text(f"reader saw {run_id}: {fault}")
        _checkpoint(folder, dice.choice(("PASSIVE", "RESTART", "TRUNCATE")))
        time.sleep(dice.uniform(0, 0.1))


def _checkpoint(folder: Path, kind: str) -> None:
    from jupyter_tracker.store.sql.connection import connect, sqlite3

    with (
        contextlib.closing(connect(folder / "tracker.db")) as connection,
        contextlib.suppress(sqlite3.OperationalError),
    ):
        connection.execute("PRAGMA busy_timeout = 200")
        connection.execute(f"PRAGMA wal_checkpoint({kind})").fetchone()


def _series_faults(tracker: Any, run_id: str) -> tuple[int, list[str]]:
    """Return how many points a run has, and what is wrong with them."""
    import numpy as np

    history = tracker.metric_history(run_id, "loss", output_format="numpy")
    steps, values = history["step"], history["value"]
    faults = []
    if not np.array_equal(steps, np.arange(len(steps))):
        gap = int(np.flatnonzero(steps != np.arange(len(steps)))[0])
        faults.append(f"of {len(steps)} points the one at {gap} has step {int(steps[gap])}")
    elif not np.array_equal(values, np.array([value_of(at) for at in range(len(steps))])):
        faults.append("some values are not those that were logged")
    return len(steps), faults


def check(folder: Path, _: int) -> None:
    """Compare the store with the ledgers; print what is wrong, and totals, as JSON."""
    import jupyter_tracker as tracker
    from jupyter_tracker.store.sql.connection import connect

    tracker.set_tracking_uri(folder / "tracker.db")
    faults = [path.read_text() for path in sorted((folder / "faults").iterdir())]
    points, statuses = 0, {"FINISHED": 0, "KILLED": 0}
    tracker.search_runs(search_all_experiments=True, max_results=1, output_format="list")  # replays the dead
    ledgers = sorted((folder / "ledgers").iterdir())
    for path in ledgers:
        begun, returned, ended = _LEDGER.unpack(path.read_bytes())
        found, wrong = _series_faults(tracker, path.name)
        status = tracker.get_run(path.name).info.status
        statuses[status] = statuses.get(status, 0) + 1
        points += found
        if not returned <= found <= begun:
            wrong.append(f"{returned} to {begun} points were logged, {found} are there")
        kept = _rows_kept(folder, path.name)
        if kept != [found, found]:
            wrong.append(f"{found} points are read, but the chunks hold {kept[0]} and latest_metrics counts {kept[1]}")
        if status not in {"FINISHED", "KILLED"} or (ended and status != "FINISHED"):
            wrong.append(f"its status is {status}")
        faults += [f"{path.name}: {fault}" for fault in wrong]
    left = [path.name for path in (folder / "tracker.db.runs").iterdir() if not path.name.startswith(".")]
    if left:
        faults.append(f"{len(left)} journals are left: {left[:5]}")
    with contextlib.closing(connect(folder / "tracker.db")) as connection:
        for pragma in ("integrity_check", "foreign_key_check"):
            answer = connection.execute(f"PRAGMA {pragma}").fetchall()
            if answer not in ([], [("ok",)]):
                faults.append(f"{pragma}: {answer[:5]}")
        running = connection.execute("SELECT COUNT(*) FROM runs WHERE status = 'RUNNING'").fetchone()[0]
        # A writer may have died between making its run and its ledger.
        if running:
            faults.append(f"{running} runs are RUNNING for ever")
    size = (folder / "tracker.db").stat().st_size
    print(json.dumps({"faults": faults, "runs": len(ledgers), "points": points, "statuses": statuses, "bytes": size}))


def _rows_kept(folder: Path, run_id: str) -> list[int]:
    """Return the points in a run's chunks, and of its latest values: what is applied twice is read only once."""
    from jupyter_tracker.store.sql.connection import connect

    statement = "SELECT COALESCE(SUM(count), 0) FROM {} JOIN runs USING (run) WHERE run_id = ?"
    with contextlib.closing(connect(folder / "tracker.db")) as connection:
        return [
            connection.execute(statement.format(table), (run_id,)).fetchone()[0]
            for table in ("metric_chunks", "latest_metrics")
        ]


_PARTS = {"write": write, "read": read, "check": check}


# ------------------------------------------------------------------------------------------ the conductor


class Cast:
    """The processes on stage; one that was killed is replaced."""

    def __init__(self, folder: Path, writers: int, readers: int) -> None:
        self._folder = folder
        self._seeds = count(1)
        self.kills = 0
        self.failures: list[str] = []
        self._parts = ["write"] * writers + ["read"] * readers
        self._processes = [self._start(part) for part in self._parts]

    def _start(self, part: str) -> subprocess.Popen[str]:
        seed = next(self._seeds)
        with (self._folder / "logs" / f"{part}{seed}").open("w") as log:
            command = [sys.executable, "-m", "benchmarks.stress", "--part", part, str(self._folder), str(seed)]
            return subprocess.Popen(command, env=environment(), stdout=log, stderr=log, text=True)

    def kill_one(self, dice: random.Random) -> None:
        index = dice.randrange(len(self._parts))
        self._check_alive()
        self._kill(index)
        self._processes[index] = self._start(self._parts[index])

    def _kill(self, index: int) -> None:
        self._processes[index].kill()
        self._processes[index].wait()
        self.kills += 1

    def _check_alive(self) -> None:
        for index, process in enumerate(self._processes):
            if process.poll() is not None:
                self.failures.append(f"a process ended by itself: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]
                self._processes[index] = self._start(self._parts[index])

    def kill_all(self) -> None:
        self._check_alive()
        for index in range(len(self._parts)):
            self._kill(index)

    def last_words(self) -> Iterator[str]:
        """What any process printed: warnings of ours, and tracebacks."""
        for path in sorted((self._folder / "logs").iterdir()):
            if path.stat().st_size:
                yield f"{path.name}: {path.read_text()[-1500:]}"


def run(folder: Path, seconds: float, writers: int = 3, readers: int = 2, seed: int = 1) -> dict[str, Any]:
    """Run the stress in an empty folder; return the totals, `faults` among them."""
    for name in ("ledgers", "faults", "logs"):
        (folder / name).mkdir()
    dice, cast = random.Random(seed), Cast(folder, writers, readers)
    begins_by = time.monotonic() + 60
    while not any((folder / "ledgers").iterdir()) and time.monotonic() < begins_by:
        time.sleep(0.05)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(min(dice.uniform(*_PAUSE_S) * 2, max(ends - time.monotonic(), 0)))
        cast.kill_one(dice)
    cast.kill_all()
    command = [sys.executable, "-m", "benchmarks.stress", "--part", "check", str(folder), "0"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the check itself failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    words = list(cast.last_words())
    answer["faults"] += cast.failures + [f"printed by {text}" for text in words if "Error" in text]
    return {**answer, "kills": cast.kills, "printed": [text for text in words if "Error" not in text]}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep everything in this new folder; else kept only if it failed")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        part, folder, seed = options.part
        _PARTS[part](Path(folder), int(seed))
        return 0
    folder = options.folder or Path(tempfile.mkdtemp(prefix="stress-"))
    folder.mkdir(parents=True, exist_ok=True)
    answer = run(folder, options.minutes * 60, options.writers, options.readers, options.seed)
    for text in answer.pop("printed"):
        print(text)
    for fault in answer["faults"]:
        print(f"FAULT: {fault}")
    print({name: value for name, value in answer.items() if name != "faults"})
    print(f"{len(answer['faults'])} faults; everything is in {folder}" if answer["faults"] else "no fault")
    if not answer["faults"] and options.folder is None:
        import shutil

        shutil.rmtree(folder)
    return 1 if answer["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
