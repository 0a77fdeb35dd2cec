"""jupyter_tracker on PostgreSQL: a server of its own, started in a temporary folder as the tests do."""

from __future__ import annotations

import os

from benchmarks.peers import ours


class Tracker(ours.Tracker):
    package = "psycopg"
    durability = "B"
    workloads = frozenset(("search",))

    @property
    def path(self) -> str:
        if not hasattr(self, "_url"):
            # Journals, of which there are none, go to the user's data folder.
            os.environ["XDG_DATA_HOME"] = str(self.folder)
            from tests.servers import new_database

            self._url = new_database("postgresql")
        return self._url

    def seed(self, runs: int) -> None:
        from benchmarks.seeding import fill_postgresql
        from jupyter_tracker.store.sql import open_server

        open_server(self.path).close()
        fill_postgresql(self.path, runs)
        self.open()
