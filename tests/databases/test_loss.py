"""What a server does to a run that logs: cut its connections, restart, refuse. The run notices nothing."""

import contextlib
import logging as module_logging
import os
import signal
import threading
import time

import pytest
import sqlalchemy as sa

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import StoreUnavailableError
from jupyter_tracker.store.sql import server_engine, server_path
from jupyter_tracker.store.sql.schema import experiments
from tests import servers
from tests.integration.conftest import finish, python

pytestmark = pytest.mark.filterwarnings("ignore:Logged values wait", "ignore:Run .* is not in the store yet")


def cut_all(server, database):
    """End every connection to a database but the one that does this."""
    if server.kind == "postgresql":
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        return
    import pymysql

    for row in server.execute("SHOW PROCESSLIST"):
        if row[3] == database:
            # It may just have gone by itself.
            with contextlib.suppress(pymysql.err.OperationalError):
                server.execute(f"KILL {row[0]}")


def logging(writer, count, key="loss", pause=0.0005):
    def log():
        for step in range(count):
            writer.log_metric(key, step / 3, step)
            time.sleep(pause)

    thread = threading.Thread(target=log)
    thread.start()
    return thread


def check(store, run_id, count, key="loss"):
    series = store.metric_series(run_id, key)
    assert series.step.tolist() == list(range(count))
    assert series.value.tolist() == [step / 3 for step in range(count)]
    with store.read() as connection:
        received = connection.execute(sa.text("SELECT count FROM latest_metrics")).scalar()
    assert received == count  # each point once, before identical ones are dropped


def test_connections_that_are_cut_while_a_run_logs(server, url, open_store):
    store = open_store(url)
    run, writer = store.start_run("0")
    thread = logging(writer, 2000)
    cuts = 0
    while thread.is_alive():
        cut_all(server, url.rpartition("/")[2])
        cuts += 1
        time.sleep(0.05)
    thread.join()
    assert cuts
    writer.end("FINISHED")
    check(store, run.info.run_id, 2000)
    assert store.get_run(run.info.run_id).info.status == "FINISHED"


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_lost_connection_is_no_news_of_the_drivers(url, open_store, caplog):
    open_store(url).search_experiments()
    caplog.clear()
    driver = module_logging.getLogger("psycopg")
    driver.warning("error ignored terminating %r: %s", "a pipeline", "the connection is lost")
    driver.warning("something else")
    said = [record.getMessage() for record in caplog.records if record.name == "psycopg"]
    assert said == ["something else"]


def test_reads_and_writes_while_connections_are_cut(server, url, open_store):
    store = open_store(url)
    stop = threading.Event()

    def cut():
        while not stop.wait(0.05):
            cut_all(server, url.rpartition("/")[2])

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        for number in range(30):
            while True:
                # Only the caller knows that this may be done twice.
                with contextlib.suppress(StoreUnavailableError):
                    store.set_experiment_tag("0", "number", str(number))
                    break
            assert store.get_experiment("0").tags == {"number": str(number)}
            store.search_runs(["0"], "metrics.f1 > 0.5")
    finally:
        stop.set()
        cutter.join()


def test_a_server_that_restarts_while_a_run_logs(kind, open_store):
    own = servers.server(kind, own=True)
    store = open_store(servers.new_database(kind, own=own))
    run, writer = store.start_run("0")
    writer.log_params({"lr": 0.1})
    thread = logging(writer, 2000)
    own.stop()
    # Log calls go on, and so does starting a run in an experiment that this process has used.
    other, other_writer = store.start_run("0", run_name="begun without a server")
    other_writer.log_metric("f1", 0.5)
    other_writer.log_params({"depth": 3})
    thread.join()
    own.start()
    writer.end("FINISHED")
    other_writer.end("FINISHED")
    found = store.get_run(other.info.run_id)
    assert (found.info.run_name, found.data.metrics, found.data.params) == (
        "begun without a server",
        {"f1": 0.5},
        {"depth": "3"},
    )
    series = store.metric_series(run.info.run_id, "loss")
    assert series.step.tolist() == list(range(2000))
    assert store.get_run(run.info.run_id).info.status == "FINISHED"
    own.stop()


def test_a_run_that_ends_while_its_server_is_away(kind, open_store, monkeypatch):
    monkeypatch.setattr(server_path, "_DRAIN_PATIENCE_S", 0.2)
    monkeypatch.setattr(server_engine, "PATIENCE_S", 0.5)
    own = servers.server(kind, own=True)
    store = open_store(servers.new_database(kind, own=own))
    run, writer = store.start_run("0")
    own.stop()
    for step in range(100):
        writer.log_metric("loss", step / 3, step)
    writer.end("FINISHED")
    with pytest.raises(StoreUnavailableError, match=r"could not be reached"):
        store.get_run(run.info.run_id)
    own.start()
    monkeypatch.setattr(server_engine, "PATIENCE_S", 15)
    deadline = time.monotonic() + 30
    while store.get_run(run.info.run_id).info.status != "FINISHED" and time.monotonic() < deadline:
        time.sleep(0.1)
    check(store, run.info.run_id, 100)
    own.stop()


def test_a_deadlock_is_tried_again(url, open_store):
    store = open_store(url)
    ids = [int(store.create_experiment(name)) for name in ("a", "b")]
    both = threading.Barrier(2)
    tries = []

    def in_order(first, second):
        def move():
            tries.append(first)
            with store.database.write() as connection:
                touch = sa.update(experiments).values(last_update_time=experiments.c.last_update_time + 1)
                connection.execute(touch.where(experiments.c.experiment_id == first))
                if len(tries) <= 2:
                    both.wait(20)
                connection.execute(touch.where(experiments.c.experiment_id == second))

        return threading.Thread(target=store.database.attempt, args=[move])

    before = [store.get_experiment(str(number)).last_update_time for number in ids]
    threads = [in_order(*ids), in_order(*reversed(ids))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(tries) == 3
    assert [
        store.get_experiment(str(number)).last_update_time - was for number, was in zip(ids, before, strict=True)
    ] == [
        2,
        2,
    ]


def test_what_may_have_happened_is_not_done_twice(url, open_store):
    """A connection that goes away in the middle of a commit."""
    store = open_store(url)
    tries = []

    def create():
        tries.append(1)
        with store.database.write() as connection:
            connection.execute(sa.insert(experiments).values(name=f"n{len(tries)}", artifact_location="x",
                               lifecycle_stage="active", creation_time=1, last_update_time=1))  # fmt: skip
            raw = connection.connection.driver_connection
            if len(tries) == 1:
                raw.close() if hasattr(raw, "pgconn") else raw._force_close()

    with pytest.raises(StoreUnavailableError, match="middle of a commit"):
        store.database.attempt(create)
    assert len(tries) == 1
    store.database.attempt(create, repeatable=True)
    assert len(tries) == 2


@pytest.mark.crash
def test_a_killed_process_loses_nothing(url, open_store):
    store = open_store(url)
    process = python(
        """
        import sys
        from jupyter_tracker.store.sql import open_server
        store = open_server(sys.argv[1])
        run, writer = store.start_run("0", run_name="victim")
        print(run.info.run_id, flush=True)
        for step in range(3000):
            writer.log_metric("loss", step / 3, step)
        print("logged", flush=True)
        input()
        """,
        url,
    )
    run_id = process.stdout.readline().strip()
    assert process.stdout.readline() == "logged\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while store.get_run(run_id).info.status != "KILLED" and time.monotonic() < deadline:
        time.sleep(0.1)
    check(store, run_id, 3000)
    assert not list(store.journal_dir.glob("*.journal"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_logs_to_the_same_run(url):
    out = finish(
        python(
            """
            import os, sys
            from jupyter_tracker.store.sql import open_server
            store = open_server(sys.argv[1])
            run, writer = store.start_run("0")
            writer.log_metric("parent", 1.0)
            store.get_run(run.info.run_id)
            pid = os.fork()
            if pid == 0:
                writer.log_metric("child", 2.0)
                writer.close()
                os._exit(0 if store.get_run(run.info.run_id).data.metrics["child"] == 2.0 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            writer.end("FINISHED")
            print(sorted(store.get_run(run.info.run_id).data.metrics))
            store.close()
            """,
            url,
        )
    )
    assert out == "['child', 'parent']\n"


def test_many_processes_one_run_and_one_count(url, open_store):
    store = open_store(url)
    run_id = store.create_run("0").info.run_id
    code = """
    import sys
    from jupyter_tracker.store.sql import open_server
    store = open_server(sys.argv[1])
    writer = store.writer(sys.argv[2])
    for step in range(500):
        writer.log_metric(f"own/{sys.argv[3]}", step, step)
        writer.log_metric("shared", step, step, 1)
    writer.close()
    store.close()
    """
    for process in [python(code, url, run_id, number) for number in range(3)]:
        finish(process)
    run = store.get_run(run_id)
    assert run.data.metrics == {"shared": 499.0, "own/0": 499.0, "own/1": 499.0, "own/2": 499.0}
    assert len(store.metric_series(run_id, "shared")) == 500
    with store.read() as connection:
        counts = connection.execute(sa.text("SELECT count FROM latest_metrics")).scalars().all()
    assert sorted(counts) == [500, 500, 500, 1500]
    store.log_batch(run_id, [Metric("after", 1.0, 1, 0)])
