"""The files of a local folder as a source gives them; links that lead out of it are left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from jupyter_tracker.transfer.source import SourceFile, SourceFiles


def folder_files(folder: Path) -> SourceFiles:
    """Return the files below a folder; none where there is no folder."""
    return SourceFiles(partial(_walk, folder), folder.as_uri())


def _walk(folder: Path) -> Iterator[SourceFile]:
    real = os.path.realpath(folder)
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(real):
                continue
            if path.is_file():
                yield SourceFile(path.relative_to(folder).as_posix(), path.stat().st_size, partial(_opened, path))


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")
