"""Large files in parts through this server, from our own clients: one that broke off goes on with what is missing.

Nothing of an upload is kept here: the parts are where the file goes, so that any server in front of that place takes
the next one. MLflow's own protocol for parts (`multipart`) is about sending past the server.
"""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY
from jupyter_tracker.api.rest.multipart import named_parts
from jupyter_tracker.artifact_store import LocalArtifactStore, artifact_store, object_storage
from jupyter_tracker.artifact_store.base import safe_file_path
from jupyter_tracker.artifact_store.in_parts import Uploads
from jupyter_tracker.artifact_store.local_parts import LocalUploads
from jupyter_tracker.errors import InvalidParameterError


def begin(request: Request) -> Response:
    """Begin an upload of the file in the path. Fields: ``digest`` (its SHA-256, in hex digits), ``size`` (in bytes)."""
    to, path = _uploads(request)
    return Response(body={"upload_id": to.begin(path, request.fields.text("digest"), request.fields.integer("size"))})


def part(request: Request) -> Response:
    """Keep the body as a part of an upload. Query: ``upload_id``, ``part_number``, ``offset`` (in bytes)."""
    to, path = _uploads(request)
    number, at = request.integer("part_number", 1), request.integer("offset", 0)
    if request.content is None:
        raise InvalidParameterError("The body of the request is missing: it is the part.")
    return Response(body={"etag": to.send(path, request.required("upload_id"), number, at, request.content)})


def complete(request: Request) -> Response:
    """Make the file of its parts. Fields: ``upload_id``, ``parts`` (each ``part_number`` and ``etag``), ``digest``."""
    to, path = _uploads(request)
    fields = request.fields
    to.complete(path, fields.text("upload_id"), named_parts(request), fields.text("digest"))
    return EMPTY


def abort(request: Request) -> Response:
    """Give an upload up; what came of it is thrown away. Fields: ``upload_id``."""
    to, path = _uploads(request)
    to.abort(path, request.fields.text("upload_id"))
    return EMPTY


def _uploads(request: Request) -> tuple[Uploads, str]:
    """Return what takes the parts, and the path of the file; TrackerError ``NOT_IMPLEMENTED`` where nothing does."""
    path = safe_file_path(request.parts["path"])
    root = request.places.served(path, writes=True)
    files = artifact_store(root)
    return LocalUploads(files) if isinstance(files, LocalArtifactStore) else object_storage.uploads(root), path
