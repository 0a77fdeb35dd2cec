"""Local files and folders on their way to a place that is elsewhere: named, several at a time, with a line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from jupyter_tracker.artifact_store.base import check_local_dir, check_local_file, joined, safe_path
from jupyter_tracker.artifact_store.following import Step, at_once, shown
from jupyter_tracker.artifact_store.local import local_files

SendFile: TypeAlias = Callable[[Path, str, Step], None]
"""``send(file, path, step)``: keep a local file as `path`, and tell `step` of its bytes."""


def upload_file(send: SendFile, local_path: Path, artifact_path: str) -> str:
    """Send a file, under its own name, into the folder `artifact_path`; return its path."""
    check_local_file(local_path)
    path = joined(safe_path(artifact_path), local_path.name)
    with shown(f"uploading {local_path.name}", local_path.stat().st_size) as step:
        send(local_path, path, step)
    return path


def upload_dir(send: SendFile, local_dir: Path, artifact_path: str) -> None:
    """Send what a folder holds into the folder `artifact_path`.

    `send` may leave out a large file that is there already: so a folder whose sending was cut off, by Ctrl-C or a kill,
    is logged again at the cost of what was missing.
    """
    check_local_dir(local_dir)
    below = safe_path(artifact_path)
    files = list(local_files(local_dir))
    with shown(f"uploading {local_dir.name}", sum(file.stat().st_size for file in files)) as step:
        at_once((partial(send, file, joined(below, file.relative_to(local_dir).as_posix())) for file in files), step)
