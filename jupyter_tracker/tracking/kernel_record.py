"""Tells the Jupyter server which stores its kernels use, by one small file per store.

``<runtime dir>/jupyter_tracker/<store_id>.json``, readable by the user alone. The server extension opens only
stores that are named so or lie under its root, never a path that came from a browser or a notebook.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from jupyter_tracker.tracking.masking import mask


def runtime_folder() -> Path | None:
    """Return the folder of the records, or None where Jupyter has none. Nothing is made."""
    named = os.environ.get("JUPYTER_RUNTIME_DIR")
    if named:
        return Path(named) / "jupyter_tracker"
    if "ipykernel" not in sys.modules:
        return None
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / "jupyter_tracker"


def write(store_id: str, uri: str, user: str | None = None) -> None:
    """Record that this kernel uses a store. Does nothing outside of a kernel, and never fails.

    `user` is as whom a database is used, for the server to ask its own password file; a password is never recorded.
    """
    # A panel that stays empty is a smaller harm than a cell that fails.
    with contextlib.suppress(Exception):
        kernel = kernel_id()
        folder = runtime_folder()
        if kernel is not None and folder is not None:
            _write(folder, store_id, uri, user, kernel)


def kernel_id() -> str | None:
    """Return the id of the kernel that this process is, or None."""
    application = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    if application is None or not application.initialized():
        return None
    stem = Path(application.instance().connection_file).stem
    return stem.removeprefix("kernel-") or None


def _write(folder: Path, store_id: str, uri: str, user: str | None, kernel: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = {
        "store_id": store_id,
        "uri": mask(uri),
        "user": user,
        "kernel_id": kernel,
        "pid": os.getpid(),
        "time": time.time_ns() // 1_000_000,
    }
    temporary = folder / f".{store_id}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file)
    temporary.replace(folder / f"{store_id}.json")
