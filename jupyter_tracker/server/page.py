"""The web page of a server that stands alone: its files, and the policy that a browser holds it to.

The files hold no data and are sent to everybody; what the page asks for is let in by the gate, as for any client. They
are built from `labextension/src/web/`, and loaded when the page is first looked at.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jupyter_tracker.api.messages import Response
from jupyter_tracker.errors import ResourceDoesNotExistError

_FOLDER: Final = Path(__file__).parent / "static"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# No script but the page's own files, and nothing from elsewhere. Styles are set by scripts, by the chart library too.
_PAGE_POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src data:; "
    "media-src data: blob:; "
    "connect-src 'self'; "
    "frame-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'self'"
)
# The frame for what a run left behind: scripts may run, without an origin, a network or a way out.
_FRAME_POLICY: Final = (
    "sandbox allow-scripts; "
    "default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'unsafe-inline'; "
    "img-src data: blob:; "
    "media-src data: blob:; "
    "font-src data:; "
    "worker-src blob:; "
    "frame-src 'none'; "
    "form-action 'none'; "
    "base-uri 'none'; "
    "frame-ancestors 'self'"
)
_POLICIES: Final = {"index.html": _PAGE_POLICY, "frame.html": _FRAME_POLICY}
# A script's name says what is in it: another release has another name.
_KEPT: Final = "public, max-age=31536000, immutable"


class Page:
    """The files of the page, read once."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, bytes]] = {}
        self._lock = threading.Lock()

    def answer(self, path: str, headers: Mapping[str, str]) -> Response | None:
        """Return the file that is at a path, None where the page has none there.

        Raises
        ------
        ResourceDoesNotExistError
            The page has not been built.
        """
        name = "index.html" if path == "/" else path.removeprefix("/assets/") if path.startswith("/assets/") else ""
        if not name:
            return None
        plain, packed = self._loaded(name)
        more = {"Vary": "Accept-Encoding", "Cross-Origin-Resource-Policy": "same-origin"}
        more["Cache-Control"] = "no-cache" if name in _POLICIES or name.endswith(".svg") else _KEPT
        more["Content-Security-Policy"] = _POLICIES.get(name, "default-src 'none'; sandbox")
        packs = "gzip" in headers.get("accept-encoding", "")
        if packs:
            more["Content-Encoding"] = "gzip"
        return Response(content_type=_KINDS[Path(name).suffix], headers=more, content=packed if packs else plain)

    def _loaded(self, name: str) -> tuple[bytes, bytes]:
        with self._lock:
            if not self._files:
                self._files = {file.name: _read(file) for file in _FOLDER.glob("*") if file.suffix in _KINDS}
        if not self._files:
            raise ResourceDoesNotExistError("The web page of jupyter_tracker is not built: run `make bundles`.")
        if name not in self._files:
            raise ResourceDoesNotExistError(f"The page has no file {name[:100]!r}.", "ENDPOINT_NOT_FOUND")
        return self._files[name]


def _read(file: Path) -> tuple[bytes, bytes]:
    content = file.read_bytes()
    return content, gzip.compress(content, 6, mtime=0)
