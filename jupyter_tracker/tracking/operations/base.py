"""What every part of the client shares: the store it talks to."""

from __future__ import annotations

import os
from typing import NoReturn, Self

from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.location import Location, current_location, location_of


class StoreClient:
    """A client of one store. It opens the store at its first call and makes it at the first write.

    Parameters
    ----------
    tracking_uri : str or os.PathLike, optional
        The store: a path or URI as for `set_tracking_uri`; the one in use now where left out.
    registry_uri : str, optional
        Accepted for MLflow's sake; models are registered in the same store.
    """

    def __init__(self, tracking_uri: str | os.PathLike[str] | None = None, registry_uri: str | None = None) -> None:
        self._location: Location = current_location() if tracking_uri is None else location_of(tracking_uri)
        self._registry_uri = registry_uri
        self._given: Store | None = None

    def __getattr__(self, name: str) -> NoReturn:
        """Say what to use instead of a method of MLflow's client that is not here, or which name is near."""
        said = ""
        if not name.startswith("_"):
            from jupyter_tracker.elsewhere import client_hint

            said = client_hint(name, [known for known in dir(type(self)) if known[0] != "_"])
        # Without the object, or Python says the near name again; IPython says it only here.
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{said}", name=name)

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return a client of a store that is open already."""
        client = cls.__new__(cls)
        client._given = store  # noqa: SLF001 - its own class
        client._registry_uri = None  # noqa: SLF001
        return client

    @property
    def tracking_uri(self) -> str:
        """The store's URI, absolute."""
        return self._location.uri if self._given is None else self._given.uri

    @property
    def _reads(self) -> Store:
        """The store for reading: an empty one where there is none yet."""
        return active.open_store(self._location, create=False) if self._given is None else self._given

    @property
    def _writes(self) -> Store:
        """The store for writing, made at need."""
        return active.open_store(self._location) if self._given is None else self._given
