"""What a killed process leaves: everything a log call returned from, and a run that is shown as dead."""

import contextlib
import os
import random
import signal
import time

import pytest

from jupyter_tracker.store.sql import open_sqlite
from tests.integration.conftest import finish, python

pytestmark = pytest.mark.crash

# Prints how many calls have returned, so the parent knows what must be there.
LOGGER = """
import os, sys
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite(sys.argv[1])
run, writer = store.start_run("0", run_name="victim", tags={"note": "long " * 1500})
writer.log_params({"lr": 0.1})
print(run.info.run_id, flush=True)
out = sys.stdout.fileno()
step = 0
while True:
    writer.log_metric("loss", step / 3, step)
    step += 1
    if step % 10 == 0:
        os.write(out, b"%d\\n" % step)
"""


def killed_while_logging(path, seconds):
    """Kill a logging process after a while; return its run and how many calls it had reported."""
    process = python(LOGGER, path)
    run_id = process.stdout.readline().strip()
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    reported, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            reported += os.read(pipe, 1 << 16)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.set_blocking(pipe, True)
    while piece := os.read(pipe, 1 << 16):
        reported += piece
    process.communicate()
    return run_id, int(reported.rpartition(b"\n")[0].rpartition(b"\n")[2] or 0)


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.15, 0.4])
def test_nothing_that_a_call_returned_from_is_lost(path, seconds):
    run_id, calls = killed_while_logging(path, seconds + random.Random(seconds).random() / 50)
    store = open_sqlite(path)
    run = store.get_run(run_id)
    assert run.data.tags["note"] == "long " * 1500
    series = store.metric_series(run_id, "loss")
    assert len(series) >= calls
    assert series.step.tolist() == list(range(len(series)))
    assert series.value.tolist() == [step / 3 for step in range(len(series))]
    assert run.info.status == "KILLED"
    assert run.data.params == {"lr": "0.1"}
    assert run.info.end_time >= run.info.start_time
    if len(series):
        assert run.info.end_time >= series.timestamp[-1]
        assert run.data.metrics["loss"] == (len(series) - 1) / 3
    assert not list(store.journal_dir.glob("*.journal"))
    store.close()


def test_two_readers_replay_a_dead_journal_once(path):
    run_id, calls = killed_while_logging(path, 0.1)
    reader = """
    import sys
    from jupyter_tracker.store.sql import open_sqlite
    store = open_sqlite(sys.argv[1])
    print(store.get_run(sys.argv[2]).info.status, sum(1 for _ in store.metric_series(sys.argv[2], "loss").step))
    with store._reading() as connection:
        print(connection.execute("SELECT coalesce(sum(count), 0) FROM metric_chunks").fetchone()[0])
    """
    readers = [python(reader, path, run_id) for _ in range(4)]
    answers = [finish(process).split() for process in readers]
    counts = {int(stored) for _, _, stored in answers}
    store = open_sqlite(path)
    total = len(store.metric_series(run_id, "loss"))
    with store._reading() as connection:
        assert connection.execute("SELECT sum(count) FROM metric_chunks").fetchone() == (total,)
    assert max(counts) == total >= calls
    store.close()


def test_a_live_run_of_another_process_is_left_alone(store, path):
    process = python(
        """
        import sys
        from jupyter_tracker.store.sql import open_sqlite
        store = open_sqlite(sys.argv[1])
        run = store.create_run("0")
        writer = store.writer(run.info.run_id, owner=True)
        writer.log_metric("loss", 1.0)
        print(run.info.run_id, flush=True)
        sys.stdin.read()
        writer.end("FINISHED")
        store.close()
        """,
        path,
    )
    run_id = process.stdout.readline().strip()
    for _ in range(3):
        store._recovered_at = 0.0
        assert store.get_run(run_id).info.status == "RUNNING"
    process.terminate()
    process.communicate()
    store._recovered_at = 0.0
    assert store.get_run(run_id).info.status == "KILLED"


HELPER = """
import os, sys, time
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite(sys.argv[1])
writer = store.writer(sys.argv[2])
for step in range(100):
    writer.log_metric("helper", step, step)
print("logged", flush=True)
time.sleep(60)
"""


def test_a_killed_helper_does_not_end_the_run_of_a_living_owner(store, path):
    run = store.create_run("0")
    owner = store.writer(run.info.run_id, owner=True)
    helper = python(HELPER, path, run.info.run_id)
    assert helper.stdout.readline() == "logged\n"
    helper.kill()
    helper.communicate()
    store._recovered_at = 0.0
    seen = store.get_run(run.info.run_id)
    assert seen.info.status == "RUNNING"
    assert len(store.metric_series(run.info.run_id, "helper")) == 100
    owner.end("FINISHED")
    assert store.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_run_whose_owner_died_goes_on_while_a_helper_lives(store, path):
    run_id, _ = killed_while_logging_in(path)
    helper = python(HELPER, path, run_id)
    assert helper.stdout.readline() == "logged\n"
    # The reader sees the owner's points, but does not end what the helper is still writing to.
    store._recovered_at = 0.0
    assert store.get_run(run_id).info.status == "RUNNING"
    assert len(store.metric_series(run_id, "loss")) > 0
    helper.kill()
    helper.communicate()
    store._recovered_at = 0.0
    assert store.get_run(run_id).info.status == "KILLED"
    assert len(store.metric_series(run_id, "helper")) == 100


def killed_while_logging_in(path):
    """As `killed_while_logging`, in a store that nobody reads until the helper has come."""
    return killed_while_logging(path, 0.05)


def test_a_run_that_ended_in_its_journal_keeps_its_status(path):
    run_id = finish(
        python(
            """
            import os, sys
            from jupyter_tracker.store.sql import open_sqlite
            store = open_sqlite(sys.argv[1])
            run = store.create_run("0")
            writer = store.writer(run.info.run_id, owner=True)
            writer.log_metric("loss", 1.0)
            writer.end("FAILED", end_time=run.info.start_time + 7)
            print(run.info.run_id, flush=True)
            os._exit(0)
            """,
            path,
        )
    ).strip()
    store = open_sqlite(path)
    run = store.get_run(run_id)
    assert (run.info.status, run.info.end_time - run.info.start_time) == ("FAILED", 7)
    store.close()


def test_from_another_host_a_journal_is_dead_only_after_its_lease(store, path, monkeypatch):
    run_id, calls = killed_while_logging(path, 0.1)
    monkeypatch.setattr("jupyter_tracker.store.journal.locks.host", lambda: "elsewhere")
    store._recovered_at = 0.0
    assert store.get_run(run_id).info.status == "RUNNING"
    (journal,) = store.journal_dir.glob("*.journal")
    old = time.time() - 61
    os.utime(journal, (old, old))
    store._recovered_at = 0.0
    assert store.get_run(run_id).info.status == "KILLED"
    assert len(store.metric_series(run_id, "loss")) >= calls
