"""The artifact proxy: files below the server's root, by path; and those of a run, by its id.

Nothing outside the root is read, listed, written or removed, whatever a location in the store says.
"""

from __future__ import annotations

from dataclasses import replace

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged, run_id_of
from jupyter_tracker.api.sending import file_response
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.base import safe_file_path, safe_path
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.wire.files import file_to_json


def get(request: Request) -> Response:
    """Answer with a file, named in the path."""
    path = safe_file_path(request.parts["path"])
    return file_response(artifact_store(request.places.served(path)), path)


def put(request: Request) -> Response:
    """Keep the body as a file, piece by piece; it is there as a whole or not at all."""
    path = safe_file_path(request.parts["path"])
    files = artifact_store(request.places.served(path, writes=True))
    if request.content is None:
        raise InvalidParameterError("The body of the request is missing: it is the file.")
    files.write_stream(path, request.content, request.digest)
    return EMPTY


def delete(request: Request) -> Response:
    """Remove a file or folder; no error where there is none."""
    path = safe_file_path(request.parts["path"].rstrip("/"))
    artifact_store(request.places.served(path, writes=True)).delete(path)
    return EMPTY


def folder(request: Request) -> Response:
    """Answer with what a folder holds, by paths relative to it. Fields: ``path``."""
    path = safe_path(request.fields.optional("path") or "")
    found = artifact_store(request.places.served(path)).list(path)
    skipped = len(path) + 1 if path else 0
    shown = [file_to_json(replace(file, path=file.path[skipped:])) for file in found]
    return paged("files", shown, None)


def of_run(request: Request) -> Response:
    """Answer with what a run's folder holds. Fields: ``run_id``, ``path``."""
    run = request.own.get_run(run_id_of(request.fields))
    uri = run.info.artifact_uri or ""
    found = artifact_store(uri).list(request.fields.optional("path") or "")
    body = {"root_uri": request.places.shown(uri), "files": [file_to_json(file) for file in found]}
    return Response(body=body if found else {"root_uri": body["root_uri"]})


def file_of_run(request: Request) -> Response:
    """Answer with a file of a run. Fields: ``run_id``, ``path``."""
    run = request.own.get_run(run_id_of(request.fields))
    return file_response(artifact_store(run.info.artifact_uri or ""), safe_file_path(request.fields.text("path")))
