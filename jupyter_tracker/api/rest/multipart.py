"""Large files past this server: sent in parts to the object store itself, and fetched from it, by signed addresses."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY
from jupyter_tracker.artifact_store import artifact_store, multipart
from jupyter_tracker.artifact_store.base import joined, safe_file_path, safe_path
from jupyter_tracker.artifact_store.in_parts import Part
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
from jupyter_tracker.errors import InvalidParameterError, TrackerError

_UNSUPPORTED = "Multipart download is not supported for the current artifact repository"
"""How the message begins by which MLflow's client knows that it has to ask this server for the file."""


def create(request: Request) -> Response:
    """Begin an upload in parts to the folder in the path. Fields: ``path`` (at the client), ``num_parts``."""
    to = _uploads(request)
    upload_id, urls = to.create(_path(request), request.fields.integer("num_parts", 1))
    parts = [{"url": url, "part_number": number, "headers": {}} for number, url in enumerate(urls, 1)]
    return Response(body={"upload_id": upload_id, "credentials": parts})


def complete(request: Request) -> Response:
    """Make a file of its parts. Fields: ``path``, ``upload_id``, ``parts`` (each ``part_number`` and ``etag``)."""
    to, path, upload_id = _uploads(request), _path(request), request.fields.text("upload_id")
    to.complete(path, upload_id, named_parts(request))
    return EMPTY


def named_parts(request: Request) -> list[Part]:
    """Return the parts that a client names."""
    parts = [Part(part.integer("part_number"), part.text("etag")) for part in request.fields.objects("parts")]
    if not 1 <= len(parts) <= multipart.MOST_PARTS:
        raise InvalidParameterError(f"parts: 1 to {multipart.MOST_PARTS:,} are expected, not {len(parts):,}.")
    return parts


def abort(request: Request) -> Response:
    """Give an upload in parts up. Fields: ``path``, ``upload_id``."""
    _uploads(request).abort(_path(request), request.fields.text("upload_id"))
    return EMPTY


def presigned(request: Request) -> Response:
    """Answer with an address, valid for some minutes, at which the object store itself hands a file out."""
    path = safe_file_path(request.parts["path"])
    files = artifact_store(request.places.served(path))
    signed = files.signed(path) if isinstance(files, ObjectArtifactStore) else None
    if signed is None:
        raise TrackerError(f"{_UNSUPPORTED}: it is fetched from this server.", "NOT_IMPLEMENTED")
    return Response(body={"url": signed[0], "headers": {}, "file_size": signed[1]})


def _uploads(request: Request) -> multipart.S3Uploads:
    return multipart.uploads(request.places.served(safe_path(request.parts["path"]), writes=True))


def _path(request: Request) -> str:
    """Return where a file goes: into the folder in the path, under the name that it has at the client."""
    folder = safe_path(request.parts["path"])
    name = request.fields.text("path").replace("\\", "/").rpartition("/")[2]
    return safe_file_path(joined(folder, name) if name else "")
