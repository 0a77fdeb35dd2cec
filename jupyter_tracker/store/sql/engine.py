"""SQLAlchemy's side of one SQLite file: transactions for everything but the hot path.

Imported at the first search or administrative call, never before: a script's first metric must not wait for
SQLAlchemy. Connections come from `connection.connect`, so both sides agree on driver, pragmas and busy timeout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jupyter_tracker.store.journal.fork_gate import FORK_GATE
from jupyter_tracker.store.sql import connection as driver
from jupyter_tracker.store.sql.faults import explain


class Database:
    """One SQLite file as transactions of SQLAlchemy connections. Thread-safe and fork-safe.

    Parameters
    ----------
    path : pathlib.Path
        The database file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # One engine per process: SQLite forbids a forked child to touch a connection of its parent, even to
        # close it, so the inherited engine is left alone under its parent's pid.
        self._engines: dict[int, sa.Engine] = {}

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection inside one read transaction: everything it reads is of one moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection that holds the write lock; commit at the end, roll back on any error."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def run_alone(self, *statements: str) -> None:
        """Run statements that cannot be in a transaction, such as VACUUM."""
        try:
            with FORK_GATE, self.engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement).close()
        except DBAPIError as error:
            raise explain(error, self._path) from error

    def close(self) -> None:
        """Close this process's pooled connections."""
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    @property
    def engine(self) -> sa.Engine:
        """The engine of this process, made at first use."""
        pid = os.getpid()
        return self._engines.get(pid) or self._engines.setdefault(pid, engine_of(self._path))

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sa.Connection]:
        try:
            # SQLAlchemy's own begin() sends nothing here: the driver is in autocommit, so the word is ours.
            with FORK_GATE, self.engine.connect() as connection, connection.begin():
                connection.exec_driver_sql(begin)
                yield connection
        except DBAPIError as error:
            raise explain(error, self._path) from error


def engine_of(path: Path) -> sa.Engine:
    """Return an engine for a SQLite file whose connections may move between threads."""
    return sa.create_engine(
        "sqlite+pysqlite://",
        module=driver.sqlite3,
        creator=partial(driver.connect, path),
        poolclass=sa.QueuePool,
        pool_size=4,
        max_overflow=-1,
    )
