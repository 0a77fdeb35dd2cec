"""What a client may ask about the server itself."""

from __future__ import annotations

from jupyter_tracker import settings
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.multipart import takes_parts
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore


def info(request: Request) -> Response:
    """Answer with what this server can do beyond the plain protocol."""
    uploads, downloads = _direct(request) if settings.flag("JUPYTER_TRACKER_DIRECT_TRANSFERS") else (False, False)
    return Response(
        body={
            "store_type": "SqlStore",
            "workspaces_enabled": False,
            "trace_archival_enabled": False,
            "multipart_uploads_enabled": uploads,
            "multipart_downloads_enabled": downloads,
            "presigned_upload_run_id_supported": False,
            "presigned_upload_model_id_supported": False,
            "features_enabled": {},
        }
    )


def _direct(request: Request) -> tuple[bool, bool]:
    """Tell whether clients can send files straight to the object store, and fetch them from there."""
    root = request.places.root
    if root is None:
        return False, False
    return takes_parts(root), isinstance(artifact_store(root), ObjectArtifactStore)
