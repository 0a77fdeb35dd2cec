"""Files of runs: listed, looked at, saved one by one or as an archive."""

from __future__ import annotations

from pathlib import Path

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.saving import saved_as
from jupyter_tracker.artifact_store import ArtifactStore
from jupyter_tracker.artifact_store.archive import archive, archived_paths
from jupyter_tracker.artifact_store.base import safe_path
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.artifact_folder import artifact_folder_view
from jupyter_tracker.views.artifact_preview import artifact_preview_view
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.run_files import run_files


def get(request: Request) -> Response:
    """Answer with a file, to be saved. Query: ``store``, ``run_id``, ``path`` (relative to the run's artifacts)."""
    file = _file(request)
    return Response(content_type="application/octet-stream", headers=saved_as(file.name), file=file)


def folder(request: Request) -> Response:
    """Answer with an `ArtifactFolderView`. Query: ``store``, ``run_id``, ``path`` (the root where left out)."""
    files, _ = _files(request)
    return Response(body=as_json(artifact_folder_view(files, request.text("path") or "")))


def preview(request: Request) -> Response:
    """Answer with an `ArtifactPreviewView`. Query: ``store``, ``run_id``, ``path``."""
    return Response(body=as_json(artifact_preview_view(_file(request), request.required("path"))))


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


def _file(request: Request) -> Path:
    path = request.required("path")
    file = _files(request)[0].download(path)
    if not file.is_file():
        raise InvalidParameterError(f"{path!r} is a folder; name a file in it.")
    return file


def _files(request: Request) -> tuple[ArtifactStore, str]:
    """Return where the files of the run are, and a name for all of them."""
    run = request.store.get_run(request.required("run_id"))
    return run_files(request.store, run), run.info.run_name or run.info.run_id
