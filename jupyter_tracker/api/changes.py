"""What a write answers: how much is different now, and the requests that make it again as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from jupyter_tracker.api.messages import Request, Response

Undo: TypeAlias = tuple[str, dict[str, Any]]


def updated(request: Request, count: int, undo: Sequence[Undo]) -> Response:
    """Answer with ``{"updated": count, "undo": [{"path": …, "body": …}]}``; none where nothing changed."""
    store = {"store": request.store.store_id}
    requests = [{"path": path, "body": store | body} for path, body in undo] if count else []
    return Response(body={"updated": count, "undo": requests})
