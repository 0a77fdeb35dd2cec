"""A loop that does nothing but log: whoever looks at the run meanwhile gets answers, and they move on."""

import threading
import time

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.one_store import OneStore
from jupyter_tracker.store.sql import open_sqlite
from tests.integration.conftest import finish, python

LOOKS = 5
PATIENCE_S = 60


def card(store, run_id):
    response = dispatch(OneStore(lambda: store), "GET", "/views/run-card", {"run_id": run_id})
    assert response.status == 200
    metrics = response.body["metrics"]
    return metrics[0]["step"] if metrics else -1


def look(shown, stop, deadline):
    """Ask for the card until it has moved on a few times."""
    steps = []
    try:
        while len(steps) < LOOKS and time.monotonic() < deadline:
            step = shown()
            if not steps or step > steps[-1]:
                steps.append(step)
            time.sleep(0.02)
    finally:
        stop.set()
    return steps


def test_a_card_beside_a_loop_that_only_logs(store):
    run, writer = store.start_run("0")
    stop, steps = threading.Event(), []
    reader = threading.Thread(
        target=lambda: steps.extend(
            look(lambda: card(store, run.info.run_id), stop, time.monotonic() + PATIENCE_S),
        )
    )
    reader.start()
    step = 0
    while not stop.is_set():
        writer.log_metric("loss", step / 3, step)
        step += 1
    reader.join()
    assert len(steps) == LOOKS  # each of them while the loop went on
    # The user's own code sees all of it.
    assert store.get_run(run.info.run_id).data.latest_metrics[0].step == step - 1
    writer.end("FINISHED")


def test_another_process_beside_a_loop_that_only_logs(path):
    loop = python(
        """
        import sys, threading
        from jupyter_tracker.store.sql import open_sqlite
        store = open_sqlite(sys.argv[1])
        run, writer = store.start_run("0")
        print(run.info.run_id, flush=True)
        stop = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
        step = 0
        while not stop.is_set():
            writer.log_metric("loss", step / 3, step)
            step += 1
        writer.end("FINISHED")
        store.close()
        print(step, flush=True)
        """,
        path,
    )
    run_id = loop.stdout.readline().strip()
    store, stop = open_sqlite(path), threading.Event()
    while not store.search_runs(["0"]):
        time.sleep(0.02)
    steps = look(lambda: card(store, run_id), stop, time.monotonic() + PATIENCE_S)
    loop.stdin.write("stop\n")
    logged = int(finish(loop))
    assert len(steps) == LOOKS
    assert card(store, run_id) == logged - 1
    store.close()


def test_a_panel_does_not_wait_for_a_store_that_another_process_holds(store, path):
    run, writer = store.start_run("0")
    writer.log_metric("loss", 0.5, 0)
    assert card(store, run.info.run_id) == 0
    holder = python(
        """
        import sys
        from jupyter_tracker.store.sql.connection import sqlite3
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        sys.stdin.readline()
        connection.execute("ROLLBACK")
        """,
        path,
    )
    assert holder.stdout.readline() == "held\n"
    writer.log_metric("loss", 0.25, 1)
    draining = threading.Thread(target=writer.flush)
    draining.start()
    time.sleep(0.5)
    assert draining.is_alive()
    assert card(store, run.info.run_id) == 0  # what is stored
    assert draining.is_alive()
    holder.stdin.write("let go\n")
    finish(holder)
    draining.join()
    assert card(store, run.info.run_id) == 1
    writer.end("FINISHED")
