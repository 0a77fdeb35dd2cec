"""Hosts of `api/`: here the extension of the Jupyter server.

`extension` mounts the route table under ``<base_url>/jupyter-tracker``, `stores` decides which stores may be
seen. Nothing here keeps state: views come from the store at each request.

To add a host: a module that answers with `api.dispatch.dispatch`, and its own authentication.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return the module that the Jupyter server loads; nothing heavy is imported for that."""
    return [{"module": "jupyter_tracker.server.extension"}]
