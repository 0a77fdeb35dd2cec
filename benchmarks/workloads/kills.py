"""SIGKILL at a random moment of a logging loop, many times; then a fresh process counts."""

from __future__ import annotations

import mmap
import random
import struct
import time
from collections.abc import Iterator
from itertools import count as numbers
from pathlib import Path
from typing import Any

from benchmarks.child import Child, ChildError, Request, ready
from benchmarks.peers.base import Peer
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="kills",
    title="what killed processes lose",
    variants=("random",),
    columns=("kills", "n", "lost", "lost_percent", "doubled", "killed_with_loss"),
    main="lost",
    full={"kills": 50, "peer_kills": 10, "longest_s": 0.5},
    quick={"kills": 6, "peer_kills": 3, "longest_s": 0.3},
    tiny={"kills": 2, "peer_kills": 1, "longest_s": 0.1},
    figures=(
        Figure("random", "lost", "points lost whose call had returned", 0),
        Figure("random", "doubled", "points that are there twice", 0),
    ),
)


def measure(_: Peer, request: Request) -> dict[str, float]:
    kills = request.options["kills" if request.peer == "ours" else "peer_kills"]
    returned = {f"victim{number}": _kill_one(request, number) for number in range(kills)}
    counted = Child(request.but("count")).result()
    found = counted["found"]
    losses = [calls - found.get(name, 0) for name, calls in returned.items()]
    total = sum(returned.values())
    lost = sum(max(loss, 0) for loss in losses)
    return {
        "kills": kills,
        "n": total,
        "lost": lost,
        "lost_percent": 100 * lost / total,
        # One more than returned is right: the call was killed between the append and the return. A reader may
        # drop what is there twice, so the store's own count is compared too.
        "doubled": sum(max(-loss - 1, 0) for loss in losses) + max(counted["kept"] - sum(found.values()), 0),
        "killed_with_loss": sum(loss > 0 for loss in losses),
    }


def _kill_one(request: Request, number: int) -> int:
    """Start a process that logs, kill it, and return how many of its calls had returned."""
    counter = Path(request.folder, f"victim{number}.calls")
    counter.write_bytes(bytes(8))
    child = Child(request.but("victim", name=f"victim{number}", counter=str(counter)))
    child.wait_until_ready()
    while not _calls(counter):  # a busy machine may let it wait; nothing to lose is no measurement
        time.sleep(0.001)
    time.sleep(random.Random(number).uniform(0, request.options["longest_s"]))
    child.process.kill()
    try:
        child.result()
    except ChildError:
        return _calls(counter)
    raise AssertionError("a killed process returned")


def _calls(counter: Path) -> int:
    count: int = struct.unpack("<q", counter.read_bytes())[0]
    return count


def victim(peer: Peer, request: Request) -> None:
    """Log for ever, and count each returned call in memory that outlives the process."""
    peer.start_run(request.options["name"])
    with Path(request.options["counter"]).open("r+b") as file:
        shared = mmap.mmap(file.fileno(), 8)
    log, pack = peer.log_metric, struct.Struct("<q").pack_into
    ready(wait=False)
    for step, value in zip(numbers(), _values(), strict=False):
        log("loss", value, step)
        pack(shared, 0, step + 1)


def _values() -> Iterator[float]:
    draw = random.Random(1).random
    while True:
        yield draw()


def count(peer: Peer, _: Request) -> dict[str, Any]:
    """What a fresh process finds of each run, and how many points the files then hold."""
    return {"found": peer.found(), "kept": peer.stored()}
