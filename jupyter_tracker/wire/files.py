"""Files and folders of artifacts as MLflow's REST 2.0 has them."""

from __future__ import annotations

import re
from typing import Any, Final

from jupyter_tracker.entities import FileInfo
from jupyter_tracker.wire.reading import Fields

_PROXIED: Final = re.compile(r"mlflow-artifacts:(?://[^/]*)?/*(.*)", re.DOTALL)


def proxied_path(uri: str) -> str | None:
    """Return the path of what a server hands on, ``mlflow-artifacts:/1/…``, as it stands there; None for other places.

    It may lead anywhere: whoever uses it below a root checks it by `artifact_store.base.safe_path`.
    """
    match = _PROXIED.fullmatch(uri)
    return None if match is None else match[1]


def file_to_json(file: FileInfo) -> dict[str, Any]:
    """Return a file or folder; only a file has a size."""
    found = {"path": file.path, "is_dir": file.is_dir}
    return found if file.file_size is None else {**found, "file_size": file.file_size}


def file_from_json(fields: Fields) -> FileInfo:
    """Return a file or folder."""
    is_dir = fields.flag("is_dir", default=False)
    return FileInfo(fields.text("path"), is_dir, None if is_dir else fields.integer("file_size", 0))
