"""How often something is tried on a server, by a clock of the test's own. The servers are in `tests/databases`."""

from types import SimpleNamespace

import pytest

from jupyter_tracker.store.sql import server_engine
from jupyter_tracker.store.sql.server_engine import ServerDatabase
from jupyter_tracker.store.sql.server_faults import TransientError, explain_server


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)

    def sleep(seconds):
        clock.now += seconds

    monkeypatch.setattr(server_engine, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep))
    return clock


def failing(clock, seconds, times):
    tried = []

    def operation():
        tried.append(clock.now)
        clock.now += seconds
        if len(tried) <= times:
            raise TransientError("cut off")
        return len(tried)

    return operation


def test_what_was_cut_off_after_a_long_wait_is_tried_again(clock):
    database = ServerDatabase("postgresql://127.0.0.1:1/none")
    long_wait = server_engine.PATIENCE_S * 4
    assert database.attempt(failing(clock, long_wait, 1)) == 2


def test_a_server_that_stays_away_is_given_up_in_time(clock):
    database = ServerDatabase("postgresql://127.0.0.1:1/none")
    with pytest.raises(TransientError, match="cut off"):
        database.attempt(failing(clock, 1.0, 1000))
    assert clock.now < 1000 + 1 + server_engine.PATIENCE_S + 1
    began = clock.now
    with pytest.raises(TransientError, match="cut off"):
        database.attempt(failing(clock, 1.0, 1000), patience_s=0.0)
    assert clock.now == began + 1


class OperationalError(Exception):
    """As drivers of PostgreSQL raise it where they have no SQLSTATE."""


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "the name of its host is not known here"),
        ("connection is bad: Name or service not known", "the name of its host is not known here"),  # psycopg 3.1
        ("connection is bad: Temporary failure in name resolution", "check that it runs, and"),
        ("failed to resolve host 'db': [Errno -3] Temporary failure in name resolution", "check that it runs, and"),
        ("connection timeout expired", "check that it runs, and the host"),
        ("connection failed: connection to server failed: FATAL: the database system is starting up", "was too busy"),
        ("consuming input failed: server closed the connection unexpectedly", "was too busy"),
    ],
)
def test_a_server_that_is_busy_is_told_from_one_that_is_not_there(said, meaning):
    told = explain_server(OperationalError(said), "postgresql://db/tracker")
    assert isinstance(told, TransientError)
    assert meaning in told.message


def of_postgresql(said):
    return OperationalError(f"failed to resolve host 'db': {said}")


def of_mysql(said):
    return OperationalError(2003, f"Can't connect to MySQL server on 'db' ({said})")


@pytest.mark.parametrize("error_of", [of_postgresql, of_mysql])
def test_a_name_that_cannot_be_looked_up_now_is_waited_for_and_one_that_does_not_exist_is_not(error_of, clock):
    """Where a pod or a laptop starts, the name service comes a moment later."""
    database = ServerDatabase("postgresql://127.0.0.1:1/none")
    said = ["[Errno -3] Temporary failure in name resolution"] * 3

    def operation():
        if said:
            raise explain_server(error_of(said.pop()), "postgresql://db/tracker")
        return "there"

    assert database.attempt(operation) == "there"
    assert clock.now > 1000
    began = clock.now
    said.append("[Errno -2] Name or service not known")
    with pytest.raises(TransientError, match="the name of its host is not known here"):
        database.attempt(operation)
    assert clock.now == began
