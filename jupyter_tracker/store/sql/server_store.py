"""The store on a server: its write path, and every noun."""

from __future__ import annotations

from jupyter_tracker.store.sql.server_path import ServerPath
from jupyter_tracker.store.sql.store import Nouns


class ServerStore(Nouns, ServerPath):
    """A store in one database of PostgreSQL, MySQL or MariaDB, made by `open_server`. See `store.base.Store`."""
