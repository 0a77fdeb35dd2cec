"""Files of runs: listed, looked at, saved one by one or as an archive."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.saving import saved_as
from jupyter_tracker.api.sending import file_response
from jupyter_tracker.artifact_store import ArtifactStore
from jupyter_tracker.artifact_store.archive import archive, archived_paths
from jupyter_tracker.artifact_store.base import safe_file_path, safe_path
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.artifact_folder import artifact_folder_view
from jupyter_tracker.views.artifact_preview import artifact_preview_view
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.run_files import run_files

_PIECE_BYTES: Final = 1 << 20


def get(request: Request) -> Response:
    """Answer with a file, to be saved. Query: ``store``, ``run_id``, ``path`` (relative to the run's artifacts)."""
    path = safe_file_path(request.required("path"))
    return file_response(_files(request)[0], path, "application/octet-stream")


def folder(request: Request) -> Response:
    """Answer with an `ArtifactFolderView`. Query: ``store``, ``run_id``, ``path`` (the root where left out)."""
    files, _ = _files(request)
    return Response(body=as_json(artifact_folder_view(files, request.text("path") or "")))


def preview(request: Request) -> Response:
    """Answer with an `ArtifactPreviewView`. Query: ``store``, ``run_id``, ``path``."""
    path = safe_file_path(request.required("path"))
    with _sought(_files(request)[0], path) as file:
        return Response(body=as_json(artifact_preview_view(file, path)))


def save_folder(request: Request) -> Response:
    """Answer with a folder as a zip file, made while it is sent. Query: ``store``, ``run_id``, ``path`` (or all)."""
    files, name = _files(request)
    path = safe_path(request.text("path") or "")
    paths = archived_paths(files, path)
    if not paths:
        raise ResourceDoesNotExistError(f"There is no file in the folder {path!r}.")
    return Response(
        content_type="application/zip",
        headers=saved_as(f"{path.rsplit('/', 1)[-1] or name}.zip"),
        stream=archive(files, path, paths),
    )


@contextmanager
def _sought(files: ArtifactStore, path: str) -> Iterator[BinaryIO]:
    """Give a file that can be sought in; what another server hands on is copied, and the copy goes with the answer."""
    with files.open(path) as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy, _PIECE_BYTES)
            copy.seek(0)
            yield cast("BinaryIO", copy)


def _files(request: Request) -> tuple[ArtifactStore, str]:
    """Return where the files of the run are, and a name for all of them."""
    run = request.store.get_run(request.required("run_id"))
    return run_files(request.store, run), run.info.run_name or run.info.run_id
