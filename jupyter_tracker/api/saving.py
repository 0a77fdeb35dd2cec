"""Headers of what a browser is to save, and never to show on this page's origin."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

# Whatever a run wrote, a browser saves it and never runs it on this page's origin.
_SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def saved_as(name: str) -> dict[str, str]:
    """Return headers that have a file saved; old and new browsers read one half of the name each."""
    name = name.replace("/", "_")
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_" for char in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return {**_SAFE_HEADERS, "Content-Disposition": disposition}
