"""Files of runs."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError

# Whatever a run wrote, a browser saves it and never runs it on this page's origin.
_SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}


def get(request: Request) -> Response:
    """Answer with a file, to be saved. Query: ``store``, ``run_id``, ``path`` (relative to the run's artifacts)."""
    run = request.store.get_run(request.required("run_id"))
    path = request.required("path")
    if not run.info.artifact_uri:
        raise ResourceDoesNotExistError(f"The run {run.info.run_id} has no artifacts.")
    file = artifact_store(run.info.artifact_uri).download(path)
    if not file.is_file():
        raise InvalidParameterError(f"{path!r} is a folder; name a file in it.")
    return Response(
        content_type="application/octet-stream",
        headers={**_SAFE_HEADERS, "Content-Disposition": _attachment(file.name)},
        file=file,
    )


def _attachment(name: str) -> str:
    """Return the header that names a file to be saved; old and new browsers read one half each."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
