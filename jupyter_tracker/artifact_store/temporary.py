"""Where copies of files lie that nobody has named a place for; gone with the process."""

from __future__ import annotations

import tempfile
from pathlib import Path


class _Temporary:
    folder: tempfile.TemporaryDirectory[str] | None = None


def temporary_folder() -> Path:
    """Return a new folder that goes with the process."""
    known = _Temporary.folder
    if known is None or not Path(known.name).is_dir():
        known = tempfile.TemporaryDirectory(prefix="jupyter-tracker-", ignore_cleanup_errors=True)
        _Temporary.folder = known
    return Path(tempfile.mkdtemp(dir=known.name))
