"""A page of results, and all of them page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class PagedList(list[T]):
    """A list with the token of the page that follows it; `token` is None on the last page."""

    def __init__(self, items: Iterable[T], token: str | None = None) -> None:
        super().__init__(items)
        self.token = token

    def to_list(self) -> list[T]:
        """Return the items as a plain list."""
        return list(self)


def every_page(fetch: Callable[[str | None], PagedList[T]]) -> Iterator[T]:
    """Yield the items of every page.

    Parameters
    ----------
    fetch : callable
        Takes a page token, None for the first page.
    """
    token = None
    while True:
        page = fetch(token)
        yield from page
        token = page.token
        if not token:
            return
