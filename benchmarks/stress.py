"""`python -m benchmarks.stress --minutes 60`: processes that write, read, search and are killed, then an exact count.

Nothing is timed. Each writer keeps a ledger of each of its runs in memory that outlives it: points about to be
logged, and points whose call has returned. In the end every run must have at least the second and at most the
first, in order and with their values; none may be RUNNING, no journal left, and the database must be sound.
On SQLite checkpoints are forced all the while. On a server, which is started for it in a temporary folder as the
tests do, connections are cut as well. `stress_parts` has what each process does.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.child import environment
from benchmarks.stress_parts import PARTS

_PAUSE_S = (0.05, 0.8)
_CUT = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    "AND datname LIKE 't%' ORDER BY random() LIMIT 1",
}


class Cast:
    """The processes on stage; one that was killed is replaced."""

    def __init__(self, folder: Path, writers: int, readers: int, searchers: int = 0) -> None:
        self._folder = folder
        self._seeds = count(1)
        self.kills = 0
        self.failures: list[str] = []
        self._parts = ["write"] * writers + ["read"] * readers + ["search"] * searchers
        self._processes = [self._start(part) for part in self._parts]

    def _start(self, part: str) -> subprocess.Popen[str]:
        seed = next(self._seeds)
        with (self._folder / "logs" / f"{part}{seed}").open("w") as log:
            command = [sys.executable, "-m", "benchmarks.stress", "--part", part, str(self._folder), str(seed)]
            return subprocess.Popen(command, env=_environment(self._folder), stdout=log, stderr=log, text=True)

    def kill_one(self, dice: random.Random) -> None:
        # Writers more often: on a busy machine the others would be killed before they have read much.
        weights = [3 if part == "write" else 1 for part in self._parts]
        (index,) = dice.choices(range(len(self._parts)), weights)
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


def _environment(folder: Path) -> dict[str, str]:
    # Of a store on a server the journals go to the user's data folder: here, not to whoever runs this.
    return {**environment(), "XDG_DATA_HOME": str(folder / "data")}


def run(
    folder: Path,
    seconds: float,
    writers: int = 3,
    readers: int = 2,
    seed: int = 1,
    *,
    searchers: int = 0,
    database: str = "sqlite",
) -> dict[str, Any]:
    """Run the stress in an empty folder; return the totals, `faults` among them."""
    for name in ("ledgers", "faults", "logs", "searches", "data"):
        (folder / name).mkdir()
    uri, cut = _place(folder, database)
    (folder / "uri").write_text(uri, encoding="utf-8")
    dice, cast = random.Random(seed), Cast(folder, writers, readers, searchers)
    begins_by = time.monotonic() + 60
    while not any((folder / "ledgers").iterdir()) and time.monotonic() < begins_by:
        time.sleep(0.05)
    ends, cuts = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        time.sleep(min(dice.uniform(*_PAUSE_S) * 2, max(ends - time.monotonic(), 0)))
        cast.kill_one(dice)
        if cut and dice.random() < 0.1:
            cut()
            cuts += 1
    cast.kill_all()
    command = [sys.executable, "-m", "benchmarks.stress", "--part", "check", str(folder), "0"]
    done = subprocess.run(command, env=_environment(folder), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the check itself failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    words = list(cast.last_words())
    answer["faults"] += cast.failures + [f"printed by {text}" for text in words if "Error" in text]
    answer |= {"kills": cast.kills, "connections cut": cuts}
    return {**answer, "printed": [text for text in words if "Error" not in text]}


def _place(folder: Path, database: str) -> tuple[str, Callable[[], object] | None]:
    """Return where the store is, and what cuts a connection to it."""
    if database == "sqlite":
        return str(folder / "tracker.db"), None
    from tests import servers

    running = servers.server(database)
    statement = _CUT.get(database)
    return servers.new_database(database), partial(running.execute, statement) if statement else None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--searchers", type=int, default=0)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "mysql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep everything in this new folder; else kept only if it failed")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        part, folder, seed = options.part
        PARTS[part](Path(folder), int(seed))
        return 0
    folder = options.folder or Path(tempfile.mkdtemp(prefix="stress-"))
    folder.mkdir(parents=True, exist_ok=True)
    answer = run(
        folder,
        options.minutes * 60,
        options.writers,
        options.readers,
        options.seed,
        searchers=options.searchers,
        database=options.database,
    )
    for text in answer.pop("printed"):
        print(text)
    for fault in answer["faults"]:
        print(f"FAULT: {fault}")
    print({name: value for name, value in answer.items() if name != "faults"})
    print(f"{len(answer['faults'])} faults; everything is in {folder}" if answer["faults"] else "no fault")
    if not answer["faults"] and options.folder is None:
        shutil.rmtree(folder)
    return 1 if answer["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
