"""Searches on their way to a server: read here first, so that a mistake is shown with its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search.fields import LOGGED_MODELS, Scope
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order

_ORDER_KEYS = frozenset({"field_name", "ascending", "dataset_name", "dataset_digest"})


def asked(
    scope: Scope,
    filter_string: str | None,
    order_by: Sequence[str] | None,
    keys: Callable[[], Mapping[str, Sequence[str]]] | None = None,
) -> dict[str, Any]:
    """Return the fields of a search; InvalidFilterError where filter or order cannot be read.

    `keys` returns the keys in use, asked for only where a message can name the nearest.
    """
    parse_filter(filter_string, scope, keys)
    parse_order(order_by, scope)
    return {"filter": filter_string or None, "order_by": list(order_by) if order_by else None}


def asked_models_order(order_by: Sequence[Mapping[str, object]] | None) -> list[dict[str, object]] | None:
    """Return the order of a search for logged models; InvalidFilterError where it cannot be read."""
    for entry in order_by or ():
        if "field_name" not in entry or set(entry) - _ORDER_KEYS:
            raise InvalidFilterError(
                f"Invalid order_by clause {dict(entry)!r}. Could not be parsed: its keys are {', '.join(_ORDER_KEYS)}."
            )
        parse_order([str(entry["field_name"])], LOGGED_MODELS)
    return [dict(entry) for entry in order_by] if order_by else None
