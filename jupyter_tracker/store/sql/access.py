"""What the noun files are given: a store's transactions through SQLAlchemy, which is imported at the first such call.

SQLAlchemy itself is not imported here, so that `store.py` may be loaded by a script that only logs.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_tracker.store.sql.hot import HotPath
from jupyter_tracker.store.turns import SHORT_TURNS
from jupyter_tracker.store.write_path import WritePath

if TYPE_CHECKING:
    import sqlalchemy as sa

    from jupyter_tracker.store.sql.engine import Database

Result = TypeVar("Result")


class SqlAccess(WritePath):
    """A store whose nouns are rows of a database.

    Attributes
    ----------
    root : pathlib.Path
        What relative locations in the database are relative to.
    """

    root: Path

    @abstractmethod
    def read(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a read transaction that sees everything this process has logged."""

    @abstractmethod
    def write(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction that holds the store's write lock: nobody else is in `write`."""


class SqliteAccess(HotPath, SqlAccess):
    """The hot path of a SQLite file, and SQLAlchemy's side of the same file."""

    @cached_property
    def database(self) -> Database:
        """SQLAlchemy's side of the file."""
        from jupyter_tracker.store.sql.engine import Database

        return Database(self.path)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection in a read transaction."""
        with SHORT_TURNS:
            self._check_open()
            self._catch_up()
            with self.database.read() as connection:
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that holds the write lock."""
        self._check_open()
        self.flush()
        # What is written here may put a run into the trash: the hot path looks again.
        self._fresh.clear()
        with self._write_lock, self.database.write() as connection:
            yield connection

    def close(self) -> None:
        """Flush, and give up files and connections. Further calls raise StoreError."""
        super().close()
        if "database" in self.__dict__:
            self.database.close()


class Noun:
    """A noun file that is imported when one of its functions is first called.

    ``Noun("runs").get_run`` takes what ``runs.get_run`` takes, the store first: a class body may have it as a method.
    """

    def __init__(self, name: str) -> None:
        self._module = f"{__package__}.{name}"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        module = self._module

        def method(store: SqlAccess, *args: Any, **kwargs: Any) -> Any:
            # The first of a process imports SQLAlchemy: hundreds of looks at files, 4.6 s instead of 1.5 beside a cell
            # that computes.
            with SHORT_TURNS:
                function = getattr(import_module(module), name)
            return store.attempt(partial(function, store, *args, **kwargs))

        method.__name__ = name
        method.__qualname__ = f"SqlStore.{name}"
        return method
