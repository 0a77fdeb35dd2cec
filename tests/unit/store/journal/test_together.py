"""The group commit: who shares a transaction, who learns of an error, and that all is there when a call returns."""

import threading
import time

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError, StoreUnavailableError
from jupyter_tracker.store import write_path
from jupyter_tracker.store.journal.together import Together
from jupyter_tracker.store.sql import open_sqlite

WAIT_S = 60


class Journals:
    """What brings journals in: it can be held up, and fails for some."""

    def __init__(self):
        self.calls, self.errors = [], {}
        self.may_go, self.has_come = threading.Event(), threading.Event()

    def __call__(self, writers):
        self.calls.append(sorted(writers))
        self.has_come.set()
        assert self.may_go.wait(WAIT_S)
        for writer in writers:
            if writer in self.errors:
                raise self.errors[writer]


def flushed(together, writer, found):
    def work():
        try:
            together.flush(writer)
            found[writer] = None
        except Exception as error:
            found[writer] = error

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def in_two_groups(journals):
    """Let one go alone and three share the next; return what each has found."""
    together, found = Together(journals), {}
    threads = [flushed(together, "first", found)]
    assert journals.has_come.wait(WAIT_S)
    threads += [flushed(together, name, found) for name in ("a", "b", "c")]
    deadline = time.monotonic() + WAIT_S
    while len(together._waiting) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    journals.may_go.set()
    for thread in threads:
        thread.join(WAIT_S)
    return found


def test_who_comes_while_one_is_under_way_shares_the_next():
    journals = Journals()
    assert in_two_groups(journals) == dict.fromkeys(["first", "a", "b", "c"])
    assert journals.calls == [["first"], ["a", "b", "c"]]


def test_a_run_that_is_gone_fails_its_own_call_only():
    journals = Journals()
    journals.errors["b"] = ResourceDoesNotExistError("Run with id=b not found.")
    found = in_two_groups(journals)
    assert found.pop("b") is journals.errors["b"]
    assert found == dict.fromkeys(["first", "a", "c"])


def test_a_store_that_is_away_fails_all_that_waited_for_it():
    journals = Journals()
    journals.errors["b"] = StoreUnavailableError("away")
    found = in_two_groups(journals)
    assert {name for name, error in found.items() if isinstance(error, StoreUnavailableError)} == {"a", "b", "c"}
    assert journals.calls == [["first"], ["a", "b", "c"]]


def test_what_should_not_happen_leaves_nobody_waiting():
    journals = Journals()
    journals.errors["b"] = ZeroDivisionError()
    found = in_two_groups(journals)
    assert isinstance(found["b"], ZeroDivisionError)
    assert set(found) == {"first", "a", "b", "c"}


@pytest.mark.parametrize("long", [1, 3000])
def test_another_process_would_see_at_once_what_was_logged(tmp_path, long, monkeypatch):
    """Eight threads log to four runs; a second store of the same file has each point when the call has returned."""
    store, other = open_sqlite(tmp_path / "tracker.db"), open_sqlite(tmp_path / "tracker.db")
    monkeypatch.setattr(write_path, "can_meet", False)
    store.share(tmp_path / "folder")
    runs = [store.create_run("0").info.run_id for _ in range(4)]
    missing = []

    def log(number):
        run_id, key = runs[number % 4], f"m{number}"
        for step in range(10):
            points = [Metric(key, 0.5, 1, step * long + more) for more in range(min(long, 1000))]
            for _ in range(max(1, long // 1000)):
                store.log_batch_soon(run_id, points)
            found = other.metric_series(run_id, key).step
            missing.extend([(key, step)] if points[-1].step not in found else [])

    threads = [threading.Thread(target=log, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    other.close()
    assert not missing
