"""What the unmodified MLflow client costs by itself: its `log_metric` against a server that only answers ``{}``."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_CLIENT = """
import json, sys, time
from mlflow import MlflowClient
asked = json.loads(sys.argv[1])
clients = [(MlflowClient(uri), run_id, []) for uri, run_id in asked]
for step in range(int(sys.argv[2]) + 50):
    for client, run_id, times in clients:
        started = time.perf_counter()
        client.log_metric(run_id, "loss", 0.5, step=step, synchronous=True)
        times.append(time.perf_counter() - started)
print(json.dumps([sorted(times[50:]) for _, _, times in clients]))
"""
# As little of a server as can be: each request is answered as soon as its body is there.
_EMPTY = """
import asyncio
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}"
class Empty(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.got = transport, b""
    def data_received(self, data):
        self.got += data
        head, mark, body = self.got.partition(b"\\r\\n\\r\\n")
        at = head.lower().find(b"content-length:")
        if mark and len(body) >= (int(head[at + 15:].split(b"\\r\\n")[0]) if at >= 0 else 0):
            self.got = b""
            self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Empty, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def empty_server() -> Iterator[int]:
    """Give the port of a server that answers ``{}`` to whatever it is sent."""
    process = subprocess.Popen([sys.executable, "-c", _EMPTY], stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def client_ms(python: Path, port: int, run_id: str, calls: int) -> dict[str, float]:
    """Return what `MlflowClient.log_metric` takes, in ms: median and 99th percentile of so many calls, after 50 others.

    One process asks the server and an empty one by turns, so that both are measured at the same moments: the ratio is
    right on a busy machine, too. ``client`` is the server at this port, ``floor`` the empty one.
    """
    with empty_server() as empty:
        asked = [(f"http://127.0.0.1:{port}", run_id), (f"http://127.0.0.1:{empty}", "0" * 32)]
        command = [python, "-c", _CLIENT, json.dumps(asked), str(calls)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = {}
    for name, times in zip(("client", "floor"), json.loads(done.stdout.splitlines()[-1]), strict=True):
        found[name], found[f"{name}_p99"] = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    return found
