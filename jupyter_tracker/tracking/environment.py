"""The artifact ``environment/requirements.txt``: which packages a run could import, pinned.

Gathered once per process in the background, and again only when something was installed. It is read off
the names of the ``.dist-info`` folders: importing `importlib.metadata` and parsing 300 METADATA files would
hold the GIL for 150 ms beside the user's first log calls, where this takes 3 ms. Kept once per store under
its checksum; each run gets a hard link, or a copy where there are none.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import sys
import threading
import zlib
from pathlib import Path

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.entities import RunInfo
from jupyter_tracker.errors import TrackerError, warn_once
from jupyter_tracker.tracking.masking import mask

ARTIFACT = "environment/requirements.txt"
_PATIENCE_S = 10.0
_DIST_INFO = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._]*)-(?P<version>[^-]+)\.(?:dist-info|egg-info)$")
SiteState = tuple[tuple[str, int], ...]
_SEPARATORS = re.compile(r"[-_.]+")


def requirements() -> str:
    """Return the installed distributions as sorted ``name==version`` lines, with a comment on Python first.

    Names are normalised (lower case, ``-``); a package that was installed from a repository is written as
    ``name @ url``, credentials masked. Where two folders have the same package, the one that is imported counts.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        with contextlib.suppress(OSError):  # a zip, or a folder that is gone
            for entry in os.listdir(folder or "."):  # noqa: PTH208 - names only, and many
                match = _DIST_INFO.match(entry)
                if match is not None:
                    name = _SEPARATORS.sub("-", match["name"]).lower()
                    if name not in found:
                        found[name] = _pinned(name, match["version"], os.path.join(folder, entry))  # noqa: PTH118
    version = ".".join(map(str, sys.version_info[:3]))
    return "\n".join([f"# Python {version}", *(found[name] for name in sorted(found)), ""])


def _pinned(name: str, version: str, folder: str) -> str:
    path = f"{folder}/direct_url.json"
    if not os.access(path, os.F_OK):  # what most have not: an exception each costs more than all the rest
        return f"{name}=={version}"
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            origin = json.load(file)
    except (OSError, ValueError):
        return f"{name}=={version}"
    repository = origin.get("vcs_info")
    if not repository:
        # A local folder: its path means nothing on another machine.
        return f"{name}=={version}"
    return f"{name} @ {repository['vcs']}+{mask(origin['url'])}@{repository['commit_id']}"


class Environment:
    """Gathers the requirements once, on a thread of its own, and gives them to runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._waiting: dict[str, tuple[str, str | None]] = {}
        self._gathered: tuple[SiteState, str] | None = None

    def attach(self, info: RunInfo, store_root: Path | None) -> None:
        """Write the artifact of a run: at once where the requirements are known, else as soon as they are."""
        if not info.artifact_uri:
            return
        folder = None if store_root is None else str(store_root)
        with self._lock:
            gathered = self._gathered
            if gathered is None or gathered[0] != _site_state():
                self._waiting[info.run_id] = (info.artifact_uri, folder)
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._gather, name="jupyter-tracker-environment", daemon=True
                    )
                    self._thread.start()
                return
        # Here and not on the thread: beside a busy thread a hand-over costs more than the folders do.
        _write(gathered[1], info.artifact_uri, folder)

    def finish(self, run_id: str) -> None:
        """Wait until the artifact of this run is written."""
        thread = self._thread
        if run_id in self._waiting and thread is not None:
            thread.join(_PATIENCE_S)

    def after_fork(self) -> None:
        """Start afresh in a forked child, which has no thread; the parent writes its own runs' files."""
        self._lock = threading.Lock()
        self._thread = None
        self._waiting = {}

    def _gather(self) -> None:
        state = _site_state()
        gathered = (state, requirements())
        while True:
            with self._lock:
                self._gathered = gathered
                if not self._waiting:
                    self._thread = None
                    return
                run_id, (uri, folder) = next(iter(self._waiting.items()))
            _write(gathered[1], uri, folder)
            with self._lock:
                self._waiting.pop(run_id, None)


ENVIRONMENT = Environment()


def _site_state() -> SiteState:
    """Return what changes when a package is installed: the change times of the folders of packages."""
    state = []
    for folder in sys.path:
        if folder.endswith("-packages"):
            with contextlib.suppress(OSError):
                state.append((folder, os.stat(folder).st_mtime_ns))  # noqa: PTH116 - called once a run
    return tuple(state)


def _write(text: str, uri: str, store_root: str | None) -> None:
    """Write the artifact; a run without it is better than a training that stops for it."""
    try:
        target = artifact_store(uri)
        if store_root is None or not isinstance(target, LocalArtifactStore) or not _linked(text, target, store_root):
            target.write(ARTIFACT, text.encode())
    except (TrackerError, OSError) as error:
        warn_once(f"{ARTIFACT} could not be written: {error}", topic=ARTIFACT)


def _linked(text: str, target: LocalArtifactStore, store_root: str) -> bool:
    """Hard-link the store's one copy into the run's artifacts; False where that is not possible."""
    shared, path = _shared_copy(text, store_root), target.path_of(ARTIFACT)
    if shared is None:
        return False
    try:
        _make_folders(os.path.dirname(path))  # noqa: PTH120
        os.link(shared, path)
    except FileExistsError:  # a resumed run
        return True
    except (OSError, NotImplementedError):  # no links here, or too many of them
        return False
    return True


def _make_folders(folder: str) -> None:
    """Make ``<run>/artifacts/environment``. Of a new run all three are missing: no need to look at each first."""
    artifacts = os.path.dirname(folder)  # noqa: PTH120
    try:
        for missing in (os.path.dirname(artifacts), artifacts, folder):  # noqa: PTH120
            os.mkdir(missing)  # noqa: PTH102
    except OSError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103


@functools.lru_cache(maxsize=8)
def _shared_copy(text: str, store_root: str) -> str | None:
    """Return the path of the store's copy of this text, written at need; None where another text has its place."""
    content = text.encode()
    # A checksum and a look: hashlib, and OpenSSL with it, takes longer to import than all of this.
    name = f"{zlib.crc32(content):08x}{zlib.adler32(content):08x}.txt"
    path = Path(store_root, "environments", name)
    try:
        return str(path) if path.read_bytes() == content else None
    except FileNotFoundError:
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{os.urandom(16).hex()}.tmp")
        temporary.write_bytes(content)
        temporary.replace(path)
    return str(path)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=ENVIRONMENT.after_fork)
