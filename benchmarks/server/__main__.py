"""Our tracking server beside `mlflow server` and FastTrackML, in one run, each on a database of its own.

A SQLite file, or a database of a PostgreSQL that is started for it as the tests do (`tests/servers.py`). Eight
connections that are kept send requests one after the other; one server runs at a time. MLflow's own client asks each
server and one that only answers ``{}`` by turns. The peers come from the peers' environment (`benchmarks/peers.txt`);
what is not installed is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import state
from benchmarks.server.filling import LONG_RUN, Database
from benchmarks.server.floor import client_ms
from benchmarks.server.load import Stream, got, post, posted, repeated, stream
from benchmarks.server.peers import ROOT, Peer, peers
from benchmarks.serving import free_port, processes_of, running

_START_S = 180
_SEARCH: dict[str, Any] = {
    "experiment_ids": ["0"],
    # Another value each time, as people ask: nobody answers out of what was asked before.
    "filter": "metrics.f1 > {limit:.6f} and params.n_estimators = '200'",
    "order_by": ["metrics.f1 DESC"],
    "max_results": 10,
}
_FIGURES = {
    "metric": "log-metric, requests/s",
    "metric_p50": "… p50, ms",
    "metric_p99": "… p99, ms",
    "batch": "log-batch of 100 points, requests/s",
    "batch_p50": "… p50, ms",
    "batch_p99": "… p99, ms",
    "search": "runs/search, best 10, ms",
    "history": "get-history, ms",
    "start": "start to first answer, s",
    "start_best": "… at best, s",
    "start_worst": "… at worst, s",
    "start_store": "start to first answer of the store, s",
    "start_store_best": "… at best, s",
    "start_store_worst": "… at worst, s",
    "memory": "memory of all its processes, MB",
    "client": "log_metric of MLflow's own client, p50, ms",
    "floor": "… of a server that only answers {}, by turns",
    "client_p99": "… p99, ms",
    "floor_p99": "… p99 of the server that only answers {}",
}


@dataclass(frozen=True)
class Started:
    """A server that runs.

    Attributes
    ----------
    group : int
        Its process group.
    start_s, start_store_s : float
        From its start to its first answer, which needs no store, and to the first answer out of the store: its
        experiments, asked for right afterwards, since a client comes when a probe has said that it may.
    """

    port: int
    group: int
    start_s: float
    start_store_s: float


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.server", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each stream of requests (%(default)s)")
    parser.add_argument("--runs", type=int, default=10_000, help="that searches look through (%(default)s)")
    parser.add_argument("--points", type=int, default=100_000, help="of the history that is read (%(default)s)")
    parser.add_argument("--programs", type=Path, default=ROOT / ".venv-bench/bin", help="of the peers (%(default)s)")
    parser.add_argument("--only", metavar="NAMES", help="ours, ours-2 (workers), fasttrackml, mlflow-1, mlflow")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite", help="(%(default)s)")
    parser.add_argument("--calls", type=int, default=300, help="of MLflow's own client (%(default)s)")
    parser.add_argument("--starts", type=int, default=3, help="of which the median is told (%(default)s)")
    parts = "load: streams of requests; client: MLflow's own client; start: nothing else (%(default)s)"
    parser.add_argument("--part", choices=["all", "load", "client", "start"], default="all", help=parts)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else None
    chosen = [peer for peer in peers(options.programs) if peer.is_here and (wanted is None or peer.name in wanted)]
    print(state(Path.cwd()), flush=True)
    found: dict[str, dict[str, float]] = {}
    for peer in chosen:
        with tempfile.TemporaryDirectory() as folder:
            found[peer.name] = _measure(peer, _database(options.database, Path(folder)), options)
        print(f"{peer.name}: {found[peer.name]}", file=sys.stderr, flush=True)
    _table(found)


def _database(kind: str, folder: Path) -> Database:
    if kind == "sqlite":
        return Database(folder / "store.db")
    from tests.servers import new_database

    return Database(folder / "store.db", new_database(kind).replace("+psycopg", ""))


def _measure(peer: Peer, database: Database, options: argparse.Namespace) -> dict[str, float]:
    with _running(peer, database):
        pass  # it makes its tables, and Python compiles what it imports
    if options.part in {"all", "load"}:
        peer.fill(database, options.runs, options.points)
        database.settle()
    starts = []
    for _ in range(options.starts - 1):
        with _running(peer, database) as server:
            starts.append(server)
    with _running(peer, database) as server:
        figures = _of_starts([*starts, server])
        if options.part in {"all", "load"}:
            figures |= asyncio.run(_asked(server.port, options))
        figures["memory"] = _memory_mb(server.group)
        python = options.programs / "python"
        if options.part in {"all", "client"} and python.exists():
            made = asyncio.run(post(server.port, "runs/create", {"experiment_id": "0", "start_time": 1}))
            figures |= client_ms(python, server.port, made["run"]["info"]["run_id"], options.calls)
    return figures


def _of_starts(starts: list[Started]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, times in (
        ("start", [server.start_s for server in starts]),
        ("start_store", [server.start_store_s for server in starts]),
    ):
        figures |= {name: statistics.median(times), f"{name}_best": min(times), f"{name}_worst": max(times)}
    return figures


async def _asked(port: int, options: argparse.Namespace) -> dict[str, float]:
    made = [await post(port, "runs/create", {"experiment_id": "0", "start_time": 1}) for _ in range(8)]
    ids = [answer["run"]["info"]["run_id"].encode() for answer in made]
    points = b",".join(b'{"key":"m%d","value":0.%d,"timestamp":1700000000000,"step":@}' % (i, i) for i in range(100))

    def metric(number: int, step: int) -> bytes:
        return b'{"run_id":"%b","key":"loss","value":0.5,"timestamp":1700000000000,"step":%d}' % (ids[number], step)

    def batch(number: int, step: int) -> bytes:
        return b'{"run_id":"%b","metrics":[%b]}' % (ids[number], points.replace(b"@", b"%d" % step))

    figures: dict[str, float] = {}
    for name, operation, body in (("metric", "runs/log-metric", metric), ("batch", "runs/log-batch", batch)):
        await stream(port, operation, body, 0.5)
        measured: Stream = await stream(port, operation, body, options.seconds)
        figures |= {name: measured.rate, f"{name}_p50": measured.ms(0.5), f"{name}_p99": measured.ms(0.99)}
    times, answer = await repeated(port, lambda number: _search(port, number), options.seconds, 100)
    assert len(json.loads(answer)["runs"]) == min(10, options.runs)
    figures["search"] = times[len(times) // 2] * 1000
    history = got(port, f"metrics/get-history?run_id={LONG_RUN}&metric_key=long")
    times, answer = await repeated(port, lambda _: history, options.seconds, 10)
    assert len(json.loads(answer)["metrics"]) == options.points
    figures["history"] = times[len(times) // 2] * 1000
    return figures


def _search(port: int, number: int) -> bytes:
    wanted = {**_SEARCH, "filter": _SEARCH["filter"].format(limit=0.85 + number * 1e-6)}
    return posted(port, "runs/search", json.dumps(wanted).encode())


@contextlib.contextmanager
def _running(peer: Peer, database: Database) -> Iterator[Started]:
    """Start a server; give it when it has answered out of its store."""
    port = free_port()
    folder = database.path.parent
    # As pip leaves a package behind: compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    if peer.name.startswith("ours"):
        environment |= {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data")}
    health, started = f"http://127.0.0.1:{port}/health", time.perf_counter()
    with running(peer.command(port, database), folder / "log", environment, health, _START_S) as group:
        start_s = time.perf_counter() - started
        asyncio.run(post(port, "experiments/search", {"max_results": 1}))
        yield Started(port, group, start_s, time.perf_counter() - started)


def _memory_mb(group: int) -> float:
    total = 0
    for folder in processes_of(group):
        with contextlib.suppress(OSError):
            total += int((folder / "statm").read_text().split()[1])
    return total * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _table(found: dict[str, dict[str, float]]) -> None:
    print(f"| figure | {' | '.join(found)} |\n| --- |{' --- |' * len(found)}")
    for name, title in _FIGURES.items():
        cells = [_shown(figures.get(name)) for figures in found.values()]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.{0 if value >= 100 else 2}f}"


if __name__ == "__main__":
    main()
