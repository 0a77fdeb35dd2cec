"""The stores that can be shown."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class StoreEntry:
    """One store that the server may open, because a kernel recorded it or it lies under the root."""

    store_id: str
    location: str
    is_default: bool
    """The store that panels show when they name none."""


@dataclass(frozen=True)
class StoreListView:
    """The stores that panels may show; the default one comes first."""

    stores: list[StoreEntry]


def store_list_view(entries: Iterable[StoreEntry]) -> StoreListView:
    """Return the list of stores, the default one first, then by location."""
    return StoreListView(sorted(entries, key=lambda entry: (not entry.is_default, entry.location)))


def store_location(uri: str) -> str:
    """Return a store's URI for people: a path with ``~`` for the home folder, a URL without credentials."""
    if uri.startswith(_SQLITE):
        path = Path(uri.removeprefix(_SQLITE))
        home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
        return f"~{os.sep}{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
