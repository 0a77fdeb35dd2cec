"""From nothing to the first stored metric, on a store that exists and on a new one; and the import alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.child import Request, environment
from benchmarks.peers.base import Peer
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="startup",
    title="import, and process start to first stored metric",
    variants=("import", "existing", "new"),
    columns=("import_ms", "import_wall_ms", "first_metric_s", "process_s"),
    main="first_metric_s",
    full={"times": 7},
    quick={"times": 2},
    tiny={"times": 1},
    figures=(
        Figure("import", "import_ms", "import, warm, ms", 100),
        Figure("existing", "first_metric_s", "process start to first stored metric, s", 0.15),
        Figure("new", "first_metric_s", "the same on a new store, s", 0.4),
    ),
)


def measure(peer: Peer, request: Request) -> dict[str, float]:
    if request.variant == "import":
        return _imports(peer, request)
    answers = []
    folder = Path(request.folder, "existing")
    if request.variant == "existing":
        folder.mkdir()
        _first_metric(peer, folder)
    for number in range(request.options["times"]):
        if request.variant == "new":
            folder = Path(request.folder, f"new{number}")
            folder.mkdir()
        answers.append(_first_metric(peer, folder))
    return {
        "first_metric_s": median([stored for stored, _ in answers]),
        "process_s": median([whole for _, whole in answers]),
    }


def _first_metric(peer: Peer, folder: Path) -> tuple[float, float]:
    """Return seconds from the start of a process to its stored metric, and to its end."""
    # Of one clock for all processes.
    script = f"import sys, time\nfolder = sys.argv[1]\n{peer.startup}\nprint('@stored', time.monotonic())"
    began = time.monotonic()
    done = _python("-c", script, str(folder))
    ended = time.monotonic()
    (stored,) = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("@stored")]
    return stored - began, ended - began


def _imports(peer: Peer, request: Request) -> dict[str, float]:
    if peer.package is None:
        return {}
    spans, walls = [], []
    for _ in range(request.options["times"] + 1):
        lines = _python("-X", "importtime", "-c", f"import {peer.package}").stderr.splitlines()
        total = next(line for line in reversed(lines) if line.rpartition("|")[2].strip() == peer.package)
        spans.append(int(total.split("|")[1]) / 1e3)
        script = f"import time; t = time.perf_counter(); import {peer.package}; print('@', time.perf_counter() - t)"
        walls.append(float(_python("-c", script).stdout.rpartition("@")[2]) * 1e3)
    # The first one warmed the disk's cache.
    return {"import_ms": median(spans[1:]), "import_wall_ms": median(walls[1:])}


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=environment(), capture_output=True, text=True, check=True, timeout=300
    )
