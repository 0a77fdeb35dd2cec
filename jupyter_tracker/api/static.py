"""What a browser loads at need, and a kernel sends where no server has it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.errors import ResourceDoesNotExistError

_FOLDER: Final = Path(__file__).parents[1] / "widgets" / "static"


def plotly(_request: Request) -> Response:
    """Answer with the chart library, as the text of a JavaScript module."""
    return _module("plotly.js")


def markdown(_request: Request) -> Response:
    """Answer with what reads and cleans Markdown, as the text of a JavaScript module."""
    return _module("markdown.js")


def comparison(_request: Request) -> Response:
    """Answer with the module of comparisons, which a dashboard needs when one is first looked at."""
    return _module("comparison.js")


def _module(name: str) -> Response:
    file = _FOLDER / name
    if not file.is_file():
        raise ResourceDoesNotExistError("The browser part of jupyter_tracker is not built: run `make bundles`.")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return Response(content_type="text/javascript; charset=utf-8", headers=headers, file=file)
