"""PostgreSQL plans the search for a page once, on a connection of our own; behind a pooler at each use."""

import contextlib
import socket
import threading

import pytest
import sqlalchemy as sa

from jupyter_tracker.entities import Metric, ViewType
from jupyter_tracker.store.sql import schema as s

pytestmark = pytest.mark.parametrize("kind", ["postgresql"])
KEPT = sa.text("SELECT generic_plans > 0 FROM pg_prepared_statements")


@pytest.fixture
def pooled(url):
    """Give the URL of the database through a proxy which, as poolers do, shows the server's process under a number of
    its own.
    """
    found = sa.make_url(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, (found.host, found.port)), daemon=True).start()
        yield found.set(port=listening.getsockname()[1]).render_as_string(hide_password=False)


def _serve(listening, server):
    with contextlib.suppress(OSError):
        while True:
            client, upstream = listening.accept()[0], socket.create_connection(server)
            threading.Thread(target=_copied, args=(client, upstream, bytes), daemon=True).start()
            threading.Thread(target=_copied, args=(upstream, client, _renumbered), daemon=True).start()


def _copied(source, target, changed):
    with contextlib.suppress(OSError), source, target:
        while data := source.recv(1 << 16):
            target.sendall(changed(data))
        target.shutdown(socket.SHUT_WR)


def _renumbered(data):
    """Return what a server says, with another process in its BackendKeyData: ``K``, the length 12, process, secret."""
    at = data.find(b"K\0\0\0\x0c")
    return data if at < 0 else data[: at + 5] + b"\0\0\0\x07" + data[at + 9 :]


def searched(store):
    """Search with two values; return whether each statement that the connection keeps has a plan for all values."""
    run_id = store.create_run("0").info.run_id
    store.log_batch(run_id, [Metric("f1", 0.9, 1, 0)])
    assert [found(store, limit) for limit in (0.5, 0.8, 0.95)] == [[run_id], [run_id], []]
    with store.read() as connection:
        return [planned for (planned,) in connection.execute(KEPT)]


def found(store, limit):
    runs = store.search_runs(["0"], f"metrics.f1 > {limit}", order_by=["metrics.f1 DESC"], max_results=5)
    return [run.info.run_id for run in runs]


def test_a_connection_keeps_the_plan_of_a_form(url, open_store):
    assert searched(open_store(url)) == [True]


def test_behind_a_pooler_nothing_is_prepared(pooled, open_store):
    assert searched(open_store(pooled)) == []


def test_a_later_page_leaves_no_plan_behind(url, open_store):
    store = open_store(url)
    for value in (0.8, 0.9):
        store.log_batch(store.create_run("0").info.run_id, [Metric("f1", value, 1, 0)])
    token, values = None, []
    while token is not None or not values:
        page = store.search_runs(["0"], "metrics.f1 > 0", ViewType.ACTIVE_ONLY, 1, ["metrics.f1 DESC"], token)
        values += [run.data.metrics["f1"] for run in page]
        token = page.token
    assert values == [0.9, 0.8]
    with store.read() as connection:
        assert len(connection.execute(KEPT).all()) == 1


def test_a_plan_that_is_kept_follows_a_changed_table(url, open_store):
    store = open_store(url)
    assert searched(store)
    with store.write() as connection:
        connection.execute(sa.text("DROP INDEX latest_by_key"))
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN later text"))
    assert len(found(store, 0.5)) == 1
    with store.write() as connection:
        connection.execute(sa.text("ALTER TABLE runs DROP COLUMN later"))
        next(index for index in s.latest_metrics.indexes if index.name == "latest_by_key").create(connection)
    assert len(found(store, 0.5)) == 1
