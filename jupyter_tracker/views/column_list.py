"""The columns that a run table could show, searched: there may be 12,000, and nobody reads a list that long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.known_keys import known_keys
from jupyter_tracker.views.table_columns import ColumnGroup, TableColumn, all_columns

MAX_LISTED: Final = 1000
_GROUPS: Final[tuple[tuple[ColumnGroup, str], ...]] = (
    ("attributes", "Attributes"),
    ("metrics", "Metrics"),
    ("params", "Params"),
    ("tags", "Tags"),
)


@dataclass(frozen=True)
class ColumnSection:
    """The columns of one group that match."""

    group: ColumnGroup
    title: str
    columns: list[TableColumn]
    """The first of them."""
    total: int


@dataclass(frozen=True)
class ColumnListView:
    """What a column chooser lists."""

    sections: list[ColumnSection]
    """Those of which a column matches."""
    total: int
    """Columns that there are, matching or not."""


def column_list_view(
    store: Store, experiment_ids: Sequence[str] = (), search: str = "", limit: int = 60
) -> ColumnListView:
    """Return the columns whose id has every word of `search`, at most `limit` (1 to 1,000) of each group.

    A word counts wherever it stands, upper and lower case alike; those that begin with it come first.
    """
    if not 1 <= limit <= MAX_LISTED:
        raise InvalidParameterError(f"limit={limit}: 1 to {MAX_LISTED} is expected.")
    words = search.lower().split()
    columns = all_columns(known_keys(store, experiment_ids))
    found = [column for column in columns if all(word in _text(column) for word in words)]
    if words:
        found.sort(key=lambda column: not column.label.lower().startswith(words[0]))
    sections = []
    for group, title in _GROUPS:
        own = [column for column in found if column.group == group]
        if own:
            sections.append(ColumnSection(group, title, own[:limit], len(own)))
    return ColumnListView(sections, len(columns))


def _text(column: TableColumn) -> str:
    return f"{column.id} {column.label}".lower()
