"""A process that does one part of one workload for one peer: `python -m benchmarks.child REQUEST`.

What a part returns goes into a file: peers print to the screen whatever they like.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.peers import load

ROOT = Path(__file__).parents[1]


class ChildError(RuntimeError):
    """A child process failed; says which, and what it printed last."""


@dataclass(frozen=True)
class Request:
    """What a child is to do: call `part` of a workload's module. `folder` is the peer's store."""

    workload: str
    variant: str
    peer: str
    folder: str
    options: dict[str, Any] = field(default_factory=dict)
    part: str = "measure"
    python: str = sys.executable

    def but(self, part: str, **options: Any) -> Request:
        """The same for another part, with some options more."""
        return replace(self, part=part, options={**self.options, **options})


class Child:
    """A child process, started at once."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._answer = Path(request.folder, f"{uuid.uuid4().hex}.answer")
        self._log = self._answer.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [request.python, "-m", "benchmarks.child", json.dumps(asdict(request)), str(self._answer)],
                cwd=request.folder,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_until_ready(self) -> None:
        """Return when the child has called `ready`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line == "@ready\n":
                return
        self.result()  # it has ended: say why

    def tell(self, line: str = "go") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def result(self) -> Any:
        """Wait for the child and return what its part returned."""
        self.process.communicate()
        if self.process.returncode:
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise ChildError(f"{self.request.peer} failed in {self.request.workload} {self.request.variant}:\n{tail}")
        answer = json.loads(self._answer.read_text(encoding="utf-8"))
        self._answer.unlink()
        self._log.unlink()
        return answer


def environment() -> dict[str, str]:
    """The environment of children: this source tree, and no setting of a tracker."""
    # Without bytecode every process would compile what it imports, which no installed package does.
    dropped = ("JUPYTER_TRACKER_", "MLFLOW_", "TRACKIO_", "DVCLIVE_", "WANDB_", "JPY_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", "DVC_NO_ANALYTICS": "1", "WANDB_MODE": "offline"}
    return {**kept, **quiet, "PYTHONPATH": str(ROOT)}


def ready(wait: bool = True) -> str:
    """In a child: tell the parent that all is set up; return the line that it answers with."""
    print("@ready", flush=True)
    return sys.stdin.readline().strip() if wait else ""


def main(arguments: list[str]) -> None:
    request = Request(**json.loads(arguments[0]))
    module = importlib.import_module(f"benchmarks.workloads.{request.workload}")
    peer = load(request.peer)(Path(request.folder))
    if request.part == "prepare":
        answer = peer.prepare(Path(request.options["cache"]))
    else:
        answer = getattr(module, request.part)(peer, request)
    Path(arguments[1]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
