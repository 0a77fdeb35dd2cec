"""The store on a tracking server. Its operations are described in `store.base.Store`."""

from __future__ import annotations

from jupyter_tracker.store.rest.logged_models import RestLoggedModels
from jupyter_tracker.store.rest.promoting import RestPromoting
from jupyter_tracker.store.rest.upkeep import RestUpkeep


class RestStore(RestUpkeep, RestLoggedModels, RestPromoting):
    """A store on a server, made by `open_rest`."""
