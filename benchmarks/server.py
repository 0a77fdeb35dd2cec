"""`python -m benchmarks.server`: our tracking server beside `mlflow server`, in one run, each on a SQLite file.

Eight connections that are kept send requests one after the other; only one server runs at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CONNECTIONS = 8
API = "/api/2.0/mlflow/"
ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each stream of requests (%(default)s)")
    parser.add_argument("--runs", type=int, default=1000, help="that searches look through (%(default)s)")
    parser.add_argument("--points", type=int, default=100_000, help="of the history that is read (%(default)s)")
    parser.add_argument("--mlflow", type=Path, default=ROOT / ".venv-bench/bin/mlflow", help="mlflow's program")
    parser.add_argument("--only", choices=["ours", "mlflow"], help="one of them")
    options = parser.parse_args()
    commands = {
        "ours": [sys.executable, "-m", "jupyter_tracker", "server"],
        "mlflow": [str(options.mlflow), "server", "--workers", "1"],
    }
    for name, command in commands.items():
        if options.only in {None, name} and (name == "ours" or options.mlflow.exists()):
            with tempfile.TemporaryDirectory() as folder:
                measure(name, command, Path(folder), options)


def measure(name: str, command: list[str], folder: Path, options: argparse.Namespace) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = ["--backend-store-uri", "sqlite:///store.db", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} if name == "ours" else dict(os.environ)
    started = time.perf_counter()
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [*command, *more], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        while not _answers(port):
            time.sleep(0.01)
        say(name, "start to first answer", f"{time.perf_counter() - started:6.2f} s")
        asyncio.run(_measured(name, port, options))
        say(name, "memory of all its processes", f"{_memory_mb(process.pid):6.0f} MB")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)


async def _measured(name: str, port: int, options: argparse.Namespace) -> None:
    client = Client(port)
    runs = [
        (await client.json("POST", "runs/create", {"experiment_id": "0", "start_time": 1}))["run"] for _ in range(8)
    ]
    run_ids = [run["info"]["run_id"] for run in runs]

    def metric(worker: int, step: int) -> tuple[str, dict[str, object]]:
        return "runs/log-metric", {"run_id": run_ids[worker], "key": "loss", "value": 0.5, "timestamp": 1, "step": step}

    def batch(worker: int, step: int) -> tuple[str, dict[str, object]]:
        points = [{"key": f"m{i}", "value": 0.5, "timestamp": 1, "step": step} for i in range(100)]
        return "runs/log-batch", {"run_id": run_ids[worker], "metrics": points}

    for what, make in (("log-metric", metric), ("log-batch of 100", batch)):
        times = sorted(await _stream(port, make, options.seconds))
        p99 = times[int(len(times) * 0.99)] * 1000
        rate = len(times) / options.seconds
        say(name, what, f"{rate:8.0f} requests/s   p50 {times[len(times) // 2] * 1000:6.1f} ms   p99 {p99:6.1f} ms")
    await _reading(name, Client(port), run_ids[0], options)


async def _reading(name: str, client: Client, run_id: str, options: argparse.Namespace) -> None:
    for start in range(0, options.points, 1000):
        points = [{"key": "long", "value": i / 3, "timestamp": i, "step": i} for i in range(start, start + 1000)]
        await client.json("POST", "runs/log-batch", {"run_id": run_id, "metrics": points})
    path = f"metrics/get-history?run_id={run_id}&metric_key=long"
    await client.json("GET", path)
    started = time.perf_counter()
    found = await client.json("GET", path)
    assert len(found["metrics"]) == options.points
    say(name, f"get-history of {options.points:,} points", f"{(time.perf_counter() - started) * 1000:8.0f} ms")
    experiment = (await client.json("POST", "experiments/create", {"name": "many"}))["experiment_id"]
    for index in range(options.runs):
        made = await client.json("POST", "runs/create", {"experiment_id": experiment, "start_time": 1 + index})
        body = {
            "run_id": made["run"]["info"]["run_id"],
            "metrics": [{"key": "f1", "value": index / options.runs, "timestamp": 1, "step": 0}],
            "params": [{"key": "model", "value": f"m{index % 7}"}],
        }
        await client.json("POST", "runs/log-batch", body)
    asked = {
        "experiment_ids": [experiment],
        "filter": "metrics.f1 > 0.5 and params.model = 'm3'",
        "order_by": ["metrics.f1 DESC"],
        "max_results": 10,
    }
    await client.json("POST", "runs/search", asked)
    started, times = time.perf_counter(), 10
    for _ in range(times):
        assert (await client.json("POST", "runs/search", asked))["runs"]
    say(name, f"search, best 10 of {options.runs:,} runs", f"{(time.perf_counter() - started) / times * 1000:8.1f} ms")


async def _stream(port: int, make, seconds: float) -> list[float]:
    """Return the time of each request, in seconds, of eight connections side by side."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def work(worker: int) -> None:
        client, step = Client(port), 0
        while (started := time.perf_counter()) < end:
            step += 1
            await client.json("POST", *make(worker, step))
            times.append(time.perf_counter() - started)

    await asyncio.gather(*[work(worker) for worker in range(CONNECTIONS)])
    return times


class Client:
    """One connection that is kept; nothing of a request is made anew but its body."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def json(self, method: str, operation: str, body: object = None) -> dict:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        reader, writer = self.streams
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {API}{operation} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
        )
        writer.write(head.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        status, lines = answer.split(b" ", 2)[1], answer.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), None)
        assert length is not None, answer
        found = json.loads(await reader.readexactly(length) or b"{}")
        assert status == b"200", found
        return found


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
        return answer.status == 200
    return False


def _memory_mb(group: int) -> float:
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if os.getpgid(int(folder.name)) == group:
                total += int((folder / "statm").read_text().split()[1])
    return total * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def say(name: str, what: str, figure: str) -> None:
    print(f"{name:>7}  {what:<32} {figure}", flush=True)


if __name__ == "__main__":
    main()
