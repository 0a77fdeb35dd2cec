"""A store that is opened late: once, for all who wait; what fails is told and tried again; what is closed stays so."""

import threading

import pytest

from jupyter_tracker.errors import StoreError, StoreUnavailableError
from jupyter_tracker.server.opening import Opening
from jupyter_tracker.store.sql import open_sqlite

PATIENCE_S = 60


class Gated:
    """Opens a store when it may; `failures` are raised first."""

    def __init__(self, path, failures=()):
        self.path, self.failures, self.calls = path, list(failures), 0
        self.begun, self.may = threading.Event(), threading.Event()

    def __call__(self):
        self.calls += 1
        self.begun.set()
        assert self.may.wait(PATIENCE_S)
        if self.failures:
            raise self.failures.pop(0)
        return open_sqlite(self.path)


@pytest.fixture
def gated(tmp_path):
    return Gated(tmp_path / "tracker.db")


class Asking(threading.Thread):
    """A thread that calls something, and keeps what it returns or raises."""

    def __init__(self, call):
        super().__init__()
        self.call, self.got = call, None
        self.start()

    def run(self):
        try:
            self.got = self.call()
        except StoreError as error:
            self.got = error

    def answer(self):
        self.join(PATIENCE_S)
        assert not self.is_alive()
        return self.got


def test_it_is_opened_once_for_all_who_ask(gated):
    opening = Opening(gated)
    assert not opening.is_done
    asking = [Asking(opening.get) for _ in range(5)]
    assert gated.begun.wait(PATIENCE_S)
    assert not opening.is_done
    gated.may.set()
    (store,) = {thread.answer() for thread in asking}
    assert opening.is_done
    assert opening.get() is store
    assert gated.calls == 1
    opening.close()
    with pytest.raises(StoreError, match="closed"):
        opening.get().search_experiments()


def test_a_failure_is_told_to_who_waits_and_the_next_tries_again(gated):
    gated.failures.append(StoreUnavailableError("The store is away."))
    opening = Opening(gated)
    first = Asking(opening.get)
    assert gated.begun.wait(PATIENCE_S)
    gated.may.set()
    assert str(first.answer()) == "The store is away."
    assert not opening.is_done
    assert opening.get().get_experiment("0").name == "Default"
    assert gated.calls == 2
    opening.close()


def test_one_that_is_being_opened_is_closed_when_it_is_open(gated):
    opening = Opening(gated)
    asking = Asking(opening.get)
    assert gated.begun.wait(PATIENCE_S)
    closing = Asking(opening.close)
    gated.may.set()
    assert closing.answer() is None
    with pytest.raises(StoreError, match="closed"):
        asking.answer().search_experiments()


def test_one_that_nobody_asked_for_is_not_opened_to_be_closed(gated):
    opening = Opening(gated)
    opening.close()
    with pytest.raises(StoreUnavailableError, match="being stopped"):
        opening.get()
    assert gated.calls == 0


def test_closing_does_not_mind_that_opening_fails(gated):
    gated.failures.append(StoreUnavailableError("The store is away."))
    opening = Opening(gated)
    asking = Asking(opening.get)
    assert gated.begun.wait(PATIENCE_S)
    closing = Asking(opening.close)
    gated.may.set()
    assert closing.answer() is None
    assert str(asking.answer()) == "The store is away."
    with pytest.raises(StoreUnavailableError, match="being stopped"):
        opening.get()
