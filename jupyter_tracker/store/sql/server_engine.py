"""SQLAlchemy's side of one database on a server: transactions, and the second try where a first one may pass.

Two isolation levels: a read sees one moment (REPEATABLE READ), a write sees what others have committed by then (READ
COMMITTED) and locks the rows that it decides by.
"""

from __future__ import annotations

import logging
import math
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from jupyter_tracker.errors import InvalidParameterError, StoreError
from jupyter_tracker.store.server_urls import full_url, public_uri
from jupyter_tracker.store.sql.fetching import PLANNED_ONCE
from jupyter_tracker.store.sql.server_faults import TransientError, explain_server

Result = TypeVar("Result")

# How long a call waits for a server that restarts or fails over, in all.
PATIENCE_S = 15.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_CONNECT_TIMEOUT_S = 10
_LOCK_TIMEOUT_S = 30

# A connection that was used a moment ago is not asked whether it is there.
_PING_AFTER_S = 1.0
# One statement begins a read, of one moment.
_BEGIN_READ = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "mysql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
}
# To plan a search takes half of its time, so `fetching.planned_once` keeps the plan, of this connection.
_PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"
_KEEPS_PLANS = "keeps_plans"
_MOST_PLANS = 32
_POOL = "jupyter_tracker"
# Each kernel keeps this many connections, and makes more for a moment: a PostgreSQL takes 100 of all its clients.
_KEPT = 2
_MOST = 10


class _Moment:
    """How far a transaction has come when it fails."""

    committing = False


class ServerDatabase:
    """One database on a server as transactions of SQLAlchemy connections. Thread-safe and fork-safe.

    Parameters
    ----------
    url : str
        Of SQLAlchemy's form, credentials included: ``postgresql://user:password@host/database``.

    Attributes
    ----------
    name : str
        The URI without credentials, for people.
    """

    def __init__(self, url: str) -> None:
        try:
            self._url = sa.make_url(full_url(url))
        except (ArgumentError, ValueError):
            raise InvalidParameterError(
                "This URL of a database cannot be read. It has the form postgresql://user:password@host:5432/database; "
                "write signs like @ / : # in a password as %40 %2F %3A %23."
            ) from None
        self._secret = str(self._url.password) if self._url.password else None
        self.name = public_uri(url)
        # One engine per process: a connection is a conversation, and a forked child must not join its parent's.
        self._engines: dict[int, sa.Engine] = {}
        self._trying = threading.local()
        self._has_answered = False

    @property
    def engine(self) -> sa.Engine:
        """The engine of this process, made at first use."""
        pid = os.getpid()
        return self._engines.get(pid) or self._engines.setdefault(pid, self._new_engine())

    @property
    def dialect(self) -> str:
        """``postgresql`` or ``mysql``; MariaDB is the latter."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction: everything it reads is of one moment."""
        with self._errors_explained(), self.engine.connect() as connection, connection.begin():
            # Not by SQLAlchemy, which sets it back when the connection is returned, and so after its loss, too.
            if self.dialect == "postgresql":
                # psycopg would begin by itself, and be answered, before this.
                connection.connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            connection.exec_driver_sql(_BEGIN_READ[self.dialect])
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction; commit at the end, roll back on any error."""
        with self._errors_explained() as moment, self.engine.connect() as connection, connection.begin():
            yield connection
            moment.committing = True

    @contextmanager
    def session(self) -> Iterator[sa.Connection]:
        """Give a connection in which each statement is a transaction of its own."""
        with self._errors_explained(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def attempt(
        self, operation: Callable[[], Result], *, repeatable: bool = False, patience_s: float | None = None
    ) -> Result:
        """Return what `operation` returns, tried again for a while where the server or a deadlock has undone it.

        Parameters
        ----------
        operation : callable
            Of one transaction, so that it may be done again as a whole.
        repeatable : bool
            Whether it may be done twice, and so again also where nobody knows if it has happened.
        patience_s : float, optional
            For how long after the first error, in seconds; `PATIENCE_S` where left out.
        """
        if getattr(self._trying, "now", False):
            return operation()  # who called us tries again
        # From the first error on: one who was cut off after a long wait for a lock has not been tried again yet.
        deadline: float | None = None
        pause = _FIRST_PAUSE_S
        while True:
            self._trying.now = True
            try:
                return operation()
            except TransientError as error:
                now = time.monotonic()
                if deadline is None:
                    deadline = now + (PATIENCE_S if patience_s is None else patience_s)
                if error.misnamed and not self._has_answered:
                    raise
                if not (error.undone or repeatable) or now + pause > deadline:
                    raise
            finally:
                self._trying.now = False
            # Not all that a restart has cut off come back at the same moment.
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close this process's pooled connections."""
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    def after_fork(self) -> None:
        """In a forked child: no thread came along, so nobody is trying."""
        self._trying = threading.local()

    def _on_answer(self, _connection: object, _record: object) -> None:
        self._has_answered = True

    @contextmanager
    def _errors_explained(self) -> Iterator[_Moment]:
        moment = _Moment()
        driver: Any = self.engine.dialect.dbapi
        try:
            yield moment
        except PoolTimeoutError as error:
            raise TransientError(f"The store {self.name} has no connection free for this process.") from error
        # The driver's own come where SQLAlchemy tidies up a connection that was lost.
        except (DBAPIError, driver.Error) as error:
            told = explain_server(error, self.name, secret=self._secret, committing=moment.committing)
            raise told from error

    def _new_engine(self) -> sa.Engine:
        kind = self._url.get_backend_name()
        try:
            engine = sa.create_engine(
                self._url,
                connect_args=_CONNECT_ARGS[kind],
                isolation_level="READ COMMITTED",
                pool_size=_KEPT,
                max_overflow=_MOST - _KEPT,
                pool_recycle=1800,
                # What is logged is nobody's business in a traceback.
                hide_parameters=True,
                pool_logging_name=_POOL,
            )
        except ImportError as error:
            raise StoreError(
                f"The store {self.name} needs a driver that is not installed: "
                f'pip install "jupyter-experiment-tracker[{kind}]".'
            ) from error
        event.listen(engine, "connect", _ON_CONNECT[kind])
        event.listen(engine, "connect", self._on_answer)
        if kind == "postgresql":
            event.listen(engine, "do_execute", _execute_planned)
        event.listen(engine, "checkin", _on_return)
        event.listen(engine, "checkout", partial(_ping_idle, engine.dialect))
        logging.getLogger("psycopg").addFilter(_is_news)
        # A connection that is cut is made anew; the pool would print a traceback below the user's cell all the same.
        logging.getLogger(f"{type(engine.pool).__module__}.{type(engine.pool).__name__}.{_POOL}").setLevel(
            logging.CRITICAL
        )
        return engine


def _on_return(connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()
    if getattr(connection, "autocommit", None) is True and not connection.closed:  # psycopg's, after a read
        connection.autocommit = False


def _ping_idle(dialect: Any, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that has been idle whether it is still there; SQLAlchemy's own way asks at each use.

    One that was cut a moment ago is found out by the statement itself, and the operation is tried again.
    """
    if time.monotonic() - record.info.get("used_at", math.inf) > _PING_AFTER_S:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _is_news(record: logging.LogRecord) -> bool:
    """Tell whether a driver's message says more than that a connection was lost, which is raised anyhow."""
    return not str(record.msg).startswith("error ignored")


def _execute_planned(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    """Execute a statement that is `planned_once` by the plan that PostgreSQL keeps of it; tell whether it was one."""
    if not context.execution_options.get(PLANNED_ONCE) or not context.root_connection.info[_KEEPS_PLANS]:
        return False
    cursor.execute(_PLAN_ONCE)
    cursor.execute(statement, values, prepare=True)
    return True


def _set_up_postgresql(connection: Any, record: Any) -> None:
    from psycopg.types.string import StrDumper

    class Dumper(StrDumper):
        """PostgreSQL's text cannot hold the character 0; a run's tag may."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    connection.adapters.register_dumper(str, Dumper)
    connection.prepared_max = _MOST_PLANS
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('lock_timeout', '{_LOCK_TIMEOUT_S}s', false), pg_backend_pid()")
        # A pooler between us and the server shows a number of its own. It may hand each transaction to another process
        # of the server, and what one has prepared another does not know.
        record.info[_KEEPS_PLANS] = cursor.fetchone()[1] == connection.info.backend_pid
    connection.commit()


def _set_up_mysql(connection: Any, _record: object) -> None:
    # Strict: what does not fit is an error and is not cut. The Default experiment has the id 0.
    modes = "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET SESSION sql_mode = '{modes}', SESSION innodb_lock_wait_timeout = {_LOCK_TIMEOUT_S}, "
            # MariaDB cuts the JSON that it gathers at this length.
            "SESSION group_concat_max_len = 1073741824"
        )


_ON_CONNECT = {"postgresql": _set_up_postgresql, "mysql": _set_up_mysql}
_CONNECT_ARGS: dict[str, dict[str, Any]] = {
    # By itself psycopg prepares nothing (None would mean nothing at all).
    "postgresql": {
        "application_name": "jupyter_tracker",
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "keepalives_idle": 30,
        "tcp_user_timeout": 15_000,
        "prepare_threshold": sys.maxsize,
    },
    "mysql": {"charset": "utf8mb4", "connect_timeout": _CONNECT_TIMEOUT_S, "read_timeout": 120, "write_timeout": 60},
}
