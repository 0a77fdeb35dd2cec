"""What functions share that promise all results: page after page, at most so many, as a DataFrame or otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from jupyter_tracker.entities import PagedList
from jupyter_tracker.errors import InvalidParameterError

T = TypeVar("T")
_PAGE = 1000


def all_pages(fetch: Callable[[int, str | None], PagedList[T]], limit: int | None = None, page: int = _PAGE) -> list[T]:
    """Return the items of every page, at most `limit` of them.

    Parameters
    ----------
    fetch : callable
        Takes a page size and a page token (None for the first page).
    limit : int, optional
        All items where left out; InvalidParameterError where it is negative.
    page : int
        Largest page to ask for.
    """
    check_limit(limit)
    found: list[T] = []
    token: str | None = None
    while limit is None or len(found) < limit:
        answer = fetch(page if limit is None else min(page, limit - len(found)), token)
        found.extend(answer)
        token = answer.token
        if not token:
            break
    return found


def check_limit(limit: int | None) -> None:
    """Raise InvalidParameterError where a limit is negative, or no whole number."""
    if limit is None:
        return
    if not isinstance(limit, int):
        raise InvalidParameterError(
            f"Invalid value {limit!r} for parameter 'max_results' supplied: a whole number is expected."
        )
    if limit < 0:
        raise InvalidParameterError(f"Invalid value {limit} for parameter 'max_results' supplied: it is negative.")


def check_output_format(output_format: str, other: str = "list") -> None:
    """Raise InvalidParameterError where a format is neither ``pandas`` nor the other one that a function has."""
    if output_format not in {"pandas", other}:
        raise InvalidParameterError(f"Unsupported output format: {output_format}. Supported: 'pandas' or '{other}'.")
