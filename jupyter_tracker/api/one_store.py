"""The stores of a host that has one only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.store_list import StoreEntry, store_location

AnyStore = TypeVar("AnyStore", bound=Store)


class OneStore(Generic[AnyStore]):
    """One store, as the only one that may be seen; what `messages.Stores` says of several.

    Parameters
    ----------
    opened : callable
        Returns the store, which may be opened when it is first asked for.
    """

    stranger = "This server does not know the store {!r}."
    """What is said of the id of another."""

    def __init__(self, opened: Callable[[], AnyStore]) -> None:
        self._opened = opened

    @property
    def _store(self) -> AnyStore:
        return self._opened()

    def get(self, store_id: str | None) -> Store:
        """Return the store; ResourceDoesNotExistError for the id of another."""
        store = self._store
        if store_id not in {None, store.store_id}:
            raise ResourceDoesNotExistError(self.stranger.format(str(store_id)[:60]))
        return store

    def entries(self) -> Iterator[StoreEntry]:
        """Yield the store."""
        store = self._store
        yield StoreEntry(store.store_id, store_location(store.uri), is_default=True)

    def busy(self) -> Iterator[Store]:
        """Yield the store."""
        yield self._store
