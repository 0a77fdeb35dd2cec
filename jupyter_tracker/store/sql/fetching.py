"""How rows are fetched: all at once, and those of many owners in one query.

`sqlite3` releases the GIL at every row, and beside a busy cell getting it back costs up to 5 ms each time. So a
query here gives all its rows as one text of JSON: one step, whatever its size. Queries that never change are made
once, at import: SQLAlchemy takes longer to build one than SQLite to answer it.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.sql.constructs import json_gathered, json_list

Query: TypeAlias = "sa.Select[*tuple[Any, ...]]"
Owned: TypeAlias = "sa.Select[*tuple[Any, ...]]"

PLANNED_ONCE = "planned_once"
# Parameters of one IN list; SQLite takes 32,766 in a statement.
_AT_ONCE = 1000


def planned_once(query: Query) -> Query:
    """Return a query that PostgreSQL plans once for whatever values it is given, and not at each use.

    What decides about the plan must stand in its text (`literal_execute`): how many rows are wanted, for one.
    """
    return query.execution_options(**{PLANNED_ONCE: True})


def fetched(connection: sa.Connection, query: Query) -> list[list[Any]]:
    """Return all rows of a query, each as a list. Floating-point columns must be wrapped in `constructs.exact`."""
    return _loaded(connection, in_json(query))


def float_of(value: float | str | None) -> float:
    """Return the number that `constructs.exact` wrote; NULL stands for NaN, which SQLite does not have."""
    return math.nan if value is None else float(value)


def owned(query: Query) -> Owned:
    """Return a query, for `by_owner`, whose first column is the owner of each row."""
    owner = next(iter(query.selected_columns))
    return in_json(query.where(owner.in_(sa.bindparam("owners", expanding=True))))


def by_owner(connection: sa.Connection, query: Owned, owners: Sequence[Any]) -> dict[Any, list[list[Any]]]:
    """Return the rows of many owners, grouped by owner, without the owner's own column."""
    grouped: dict[Any, list[list[Any]]] = defaultdict(list)
    for start in range(0, len(owners), _AT_ONCE):
        for owner, *row in _loaded(connection, query, owners=owners[start : start + _AT_ONCE]):
            grouped[owner].append(row)
    return grouped


def tags_by_owner(connection: sa.Connection, table: sa.Table, owners: Sequence[Any]) -> dict[Any, dict[str, str]]:
    """Return the tags of many owners as dicts sorted by key; `table` has owner, key and value."""
    return {owner: dict(rows) for owner, rows in by_owner(connection, _tags(table), owners).items()}


@cache
def _tags(table: sa.Table) -> Owned:
    owner = next(iter(table.c))
    return owned(sa.select(owner, table.c.key, table.c.value).order_by(owner, table.c.key))


def in_json(query: Query) -> Owned:
    """Return a query for one text of JSON: the list of the rows of `query`, each a list."""
    return sa.select(json_gathered(json_list(*query.subquery().c)))


def loaded(text: Any) -> Any:
    """Return what a text of JSON says; drivers that parse it themselves give the same."""
    if text is None:
        raise StoreError(
            "The answer is longer than the database lets one row be. Ask for fewer at a time (max_results), or raise "
            "its max_allowed_packet."
        )
    return json.loads(text) if isinstance(text, str) else text


def _loaded(connection: sa.Connection, query: Owned, **values: Any) -> list[list[Any]]:
    rows: list[list[Any]] = loaded(connection.execute(query, values).scalar_one())
    return rows
