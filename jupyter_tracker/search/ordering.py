"""Read an `order_by`: one field and a direction each."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields, tokens
from jupyter_tracker.search.naming import read_name
from jupyter_tracker.search.reader import Reader
from jupyter_tracker.search.tree import Ordering

# SQLite joins at most 64 tables.
MAX_KEYS = 32


def parse_order(clauses: Sequence[str] | None, scope: fields.Scope) -> tuple[Ordering, ...]:
    """Return the sort keys of `order_by` clauses such as ``metrics.f1 DESC``; ASC where none is written.

    Raises
    ------
    InvalidFilterError
        A clause cannot be read, or names what cannot be sorted by.
    """
    if isinstance(clauses, str):
        raise InvalidFilterError(f"Invalid order_by {clauses!r}: a list of clauses is expected, such as [{clauses!r}].")
    if len(clauses or ()) > MAX_KEYS:
        raise InvalidFilterError(f"Invalid order_by: at most {MAX_KEYS} clauses can be given.")
    return tuple(_ordering(clause, scope) for clause in clauses or ())


def _ordering(clause: str, scope: fields.Scope) -> Ordering:
    if not isinstance(clause, str):
        raise InvalidFilterError(f"Invalid order_by clause {clause!r}: a text is expected, such as 'start_time DESC'.")
    try:
        reader = Reader(clause, scope)
        name = read_name(reader)
        ascending = not reader.token.is_word("DESC")
        if reader.token.is_word("ASC", "DESC"):
            reader.take()
        if reader.token.kind != tokens.END:
            raise reader.error(reader.token, "ASC, DESC or the end is expected here.")
    except InvalidFilterError as error:
        raise InvalidFilterError(
            f"Invalid order_by clause {clause!r}. Could not be parsed. {error.message}", error.position
        ) from None
    if name.entity == "dataset":
        raise InvalidFilterError(
            f"Invalid ordering key in order_by clause {clause!r}: runs may have many data sets.", 0
        )
    return Ordering(name, ascending)
