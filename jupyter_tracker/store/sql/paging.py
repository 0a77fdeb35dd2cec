"""One page of a query, and the token of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_tracker.search.paging import offset_of, token_of
from jupyter_tracker.store.sql.fetching import Query, fetched

if TYPE_CHECKING:
    import sqlalchemy as sa


def page_of(
    connection: sa.Connection, query: Query, max_results: int, page_token: str | None
) -> tuple[list[list[Any]], str | None]:
    """Return the rows of a page and the token of the page after it, None on the last.

    One row more than asked is looked at, so that a full last page has no token.
    """
    offset = offset_of(page_token)
    rows = fetched(connection, query.limit(max_results + 1).offset(offset))
    token = token_of(offset + max_results) if len(rows) > max_results else None
    return rows[:max_results], token
