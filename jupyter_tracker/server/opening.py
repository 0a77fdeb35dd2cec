"""A store that is opened when somebody asks for it, or on a thread beside, while a server answers already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from jupyter_tracker.errors import StoreUnavailableError
from jupyter_tracker.store.base import Store

AnyStore = TypeVar("AnyStore", bound=Store)


class Opening(Generic[AnyStore]):
    """One store, opened by the first who asks for it, while others that ask wait. Any thread may ask.

    Parameters
    ----------
    opened : callable
        Opens it. What it raises is told to all who wait; who asks next has it tried again.
    """

    def __init__(self, opened: Callable[[], AnyStore]) -> None:
        self._open = opened
        self._lock = threading.Lock()
        self._found: Future[AnyStore] | None = None
        self._is_closed = False

    def get(self) -> AnyStore:
        """Return the store, opened if it is not; StoreUnavailableError where it was closed before it was opened."""
        with self._lock:
            found, is_ours = self._found, self._found is None
            if found is None:
                if self._is_closed:
                    raise StoreUnavailableError("The server is being stopped: send it again.")
                found = self._found = Future()
        return self._filled(found) if is_ours else found.result()

    @property
    def is_done(self) -> bool:
        """Whether the store is open, so that nobody has to wait for it."""
        found = self._found
        return found is not None and found.done() and found.exception() is None

    def close(self) -> None:
        """Close the store, when it is open: one that is being opened is waited for."""
        with self._lock:
            self._is_closed, found = True, self._found
        if found is not None and found.exception() is None:
            found.result().close()

    def _filled(self, found: Future[AnyStore]) -> AnyStore:
        try:
            store = self._open()
        except BaseException as error:
            with self._lock:
                self._found = None
            found.set_exception(error)
            raise
        found.set_result(store)
        return store
