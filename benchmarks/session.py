"""Runs every variant of every workload for every peer in a fresh process, the peers interleaved round by round."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import machine, workloads
from benchmarks.child import Child, ChildError, Request, environment
from benchmarks.peers import NAMES, OWN, load
from benchmarks.workloads.base import Workload

Answer = dict[str, Any]
Say = Callable[[str], None]

_FIND = """
import importlib.util, importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        if importlib.util.find_spec(name) is not None:
            found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass  # a part of it only, such as mlflow-skinny
print(json.dumps(found))
"""
_FOREIGN = {name: name for name in NAMES if name not in OWN}


@dataclass
class Session:
    """One run of the benchmarks.

    Attributes
    ----------
    peers : sequence of str
        The peers that were asked for and are there.
    answers : dict
        By (workload, variant, peer): one answer per round.
    failures : dict
        By the same: what a peer that failed printed.
    states : list of dict
        The machine before each workload.
    notes : dict
        By the same: texts that belong to the answers of the last round, such as query plans.
    """

    peers: Sequence[str]
    size: str = "full"
    rounds: int = 3
    peer_python: str = sys.executable
    folder: Path | None = None
    say: Say = lambda _: None
    answers: dict[tuple[str, str, str], list[Answer]] = field(default_factory=dict)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    states: list[dict[str, float | None]] = field(default_factory=list)
    notes: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def run(self, workload: Workload) -> None:
        """Measure a workload in all its variants."""
        with tempfile.TemporaryDirectory(prefix="benchmarks-", dir=self.folder) as scratch:
            root = Path(scratch)
            _make_repository(root)
            (root / "cache").mkdir()
            self.states.append({"workload": workload.name, **machine.state(root)})  # type: ignore[dict-item]
            for number in range(min(self.rounds, workload.most_rounds or self.rounds)):
                for variant in workload.variants:
                    for peer in self.peers:
                        if self._takes_part(workload, variant, peer):
                            self.say(f"{workload.name} {variant} {peer}, round {number + 1} of {self.rounds}")
                            self._measure(workload, variant, peer, root)

    def _takes_part(self, workload: Workload, variant: str, peer: str) -> bool:
        if (workload.name, variant, peer) in self.failures:
            return False
        return peer == "ours" or (workload.name in load(peer).workloads and variant not in workload.only_ours)

    def _measure(self, workload: Workload, variant: str, peer: str, root: Path) -> None:
        folder = root / "store"
        folder.mkdir()
        python = sys.executable if peer in OWN else self.peer_python
        options = getattr(workload, self.size)
        request = Request(workload.name, variant, peer, str(folder), options, python=python)
        key = (workload.name, variant, peer)
        try:
            if workload.name != "startup":
                Child(request.but("prepare", cache=str(root / "cache"))).result()
            answer = Child(request).result()
            if "notes" in answer:
                self.notes[key] = answer.pop("notes")
            self.answers.setdefault(key, []).append(answer)
        except ChildError as error:
            self.failures[key] = str(error)
            self.say(str(error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _make_repository(folder: Path) -> None:
    """Let every store lie in a git repository with a commit, as a user's would: trackers look for one."""
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    try:
        subprocess.run([*git, "init", "-q"], check=True, capture_output=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return


def installed(peer_python: str) -> dict[str, str]:
    """Return the versions of the peers that `peer_python` can import, and of what is always there."""
    foreign = subprocess.run(
        [peer_python, "-c", _FIND, *_FOREIGN], env=environment(), capture_output=True, text=True, check=True
    )
    versions: dict[str, str] = json.loads(foreign.stdout)
    try:
        versions["ours"] = metadata.version("jupyter-experiment-tracker")
    except metadata.PackageNotFoundError:
        from jupyter_tracker import __version__

        versions["ours"] = __version__
    return {**versions, **dict.fromkeys((name for name in OWN if name != "ours"), "-")}


def declarations(names: Sequence[str]) -> list[Workload]:
    """Return the workloads of these names, all where there are none."""
    return [workloads.load(name) for name in names or workloads.NAMES]
