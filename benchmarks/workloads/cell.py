"""What `%%track` adds to a cell in a real kernel, everything that it captures included."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks.child import Request, environment
from benchmarks.peers.base import Peer
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="cell",
    title="%%track around a cell that does next to nothing",
    variants=("reply", "idle"),
    columns=("n", "added_ms", "tracked_ms", "plain_ms", "first_ms", "load_ext_ms"),
    main="added_ms",
    full={"cells": 50},
    quick={"cells": 10},
    tiny={"cells": 2},
    figures=(
        Figure("reply", "added_ms", "added to a cell until its reply, ms", 5),
        Figure("idle", "added_ms", "added to a cell until the kernel is idle, ms", 5),
        Figure("reply", "load_ext_ms", "%load_ext jupyter_tracker, ms", 300),
    ),
)

_BODY = "total = sum(range(100))\nprint(total)\n"


def measure(_: Peer, request: Request) -> dict[str, float]:
    from jupyter_client.manager import KernelManager

    project = _project(Path(request.folder, "project"))
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(project), env={**environment(), "JUPYTER_RUNTIME_DIR": str(project / ".runtime")})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        return _measured(client, request)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _project(folder: Path) -> Path:
    """Make a git repository with a commit and an uncommitted change, as one's own projects are."""
    folder.mkdir()
    file = folder / "train.py"
    file.write_text("depth = 8\n" * 200, encoding="utf-8")
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    file.write_text("depth = 8\n" * 150 + "depth = 9\n" * 50, encoding="utf-8")
    return folder


def _measured(client, request: Request) -> dict[str, float]:
    until = request.variant
    load_ext_ms = _cell(client, "%load_ext jupyter_tracker", until)
    first_ms = _cell(client, "%%track run_name=first\n" + _BODY, until)
    tracked, plain = [], []
    for number in range(request.options["cells"]):
        plain.append(_cell(client, f"# number {number}\n" + _BODY, until))
        tracked.append(_cell(client, f"%%track run_name=cell{number} params.lr=0.1\n" + _BODY, until))
    return {
        "n": len(tracked),
        "added_ms": median(tracked) - median(plain),
        "tracked_ms": median(tracked),
        "plain_ms": median(plain),
        "first_ms": first_ms,
        "load_ext_ms": load_ext_ms,
    }


def _cell(client, code: str, until: str) -> float:
    """Run a cell; return the ms until the reply was here, or until the kernel said that it is idle."""
    began = time.perf_counter()
    message = client.execute(code)
    reply = _answer_of(client.get_shell_msg, message)
    replied = time.perf_counter()
    if reply["content"]["status"] != "ok":
        raise AssertionError("\n".join(reply["content"]["traceback"]))
    while True:
        answer = _answer_of(client.get_iopub_msg, message)
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            break
    took = (replied if until == "reply" else time.perf_counter()) - began
    # The diff of a tracked cell starts a little later than the cell: it must not fall into the plain one's time.
    time.sleep(0.12)
    return took * 1e3


def _answer_of(get, message: str):
    while True:
        answer = get(timeout=60)
        if answer["parent_header"].get("msg_id") == message:
            return answer
