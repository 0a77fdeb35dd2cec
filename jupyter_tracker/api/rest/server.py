"""What a client may ask about the server itself."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response


def info(_request: Request) -> Response:
    """Answer with what this server can do beyond the plain protocol."""
    return Response(
        body={
            "store_type": "SqlStore",
            "workspaces_enabled": False,
            "trace_archival_enabled": False,
            "multipart_uploads_enabled": False,
            "multipart_downloads_enabled": False,
            "presigned_upload_run_id_supported": False,
            "presigned_upload_model_id_supported": False,
            "features_enabled": {},
        }
    )
