"""Searches on their way to a server: read here first, so that a mistake is shown with its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search.fields import LOGGED_MODELS, Scope
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.store.rest.finding import Search, search_of

_ORDER_KEYS = frozenset({"field_name", "ascending", "dataset_name", "dataset_digest"})


def asked(
    scope: Scope,
    filter_string: str | None,
    order_by: Sequence[str] | None,
    keys: Callable[[], Mapping[str, Sequence[str]]] | None = None,
) -> Search:
    """Return a search as it can be asked; InvalidFilterError where filter or order cannot be read.

    `keys` returns the keys in use, asked for only where a message can name the nearest.
    """
    return search_of(filter_string, parse_filter(filter_string, scope, keys), parse_order(order_by, scope), scope)


def asked_models_order(order_by: Sequence[Mapping[str, object]] | None) -> list[str]:
    """Return the order of a search for logged models as clauses; InvalidFilterError where it cannot be read."""
    clauses = []
    for entry in order_by or ():
        if "field_name" not in entry or set(entry) - _ORDER_KEYS:
            raise InvalidFilterError(
                f"Invalid order_by clause {dict(entry)!r}. Could not be parsed: its keys are {', '.join(_ORDER_KEYS)}."
            )
        parse_order([str(entry["field_name"])], LOGGED_MODELS)
        clauses.append(f"{entry['field_name']} {'ASC' if entry.get('ascending', True) else 'DESC'}")
    return clauses
