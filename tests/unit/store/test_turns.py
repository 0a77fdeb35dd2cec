"""Turns at the interpreter are short while somebody reads, and as before afterwards."""

import os
import sys
import threading
from contextlib import closing
from importlib import import_module

import pytest

from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.store.turns import ShortTurns


@pytest.fixture(autouse=True)
def usual():
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(0.005)


def test_turns_are_short_until_the_last_reader_has_gone():
    turns, inside, leave = ShortTurns(), threading.Event(), threading.Event()

    def read():
        with turns:
            inside.set()
            leave.wait(10)

    other = threading.Thread(target=read)
    with turns, turns:
        other.start()
        assert inside.wait(10)
        assert sys.getswitchinterval() == pytest.approx(0.0002)
    assert sys.getswitchinterval() == pytest.approx(0.0002)
    leave.set()
    other.join()
    assert sys.getswitchinterval() == pytest.approx(0.005)


def test_what_the_user_sets_stays():
    turns = ShortTurns()
    with turns:
        sys.setswitchinterval(0.05)
    assert sys.getswitchinterval() == pytest.approx(0.05)
    sys.setswitchinterval(0.0001)
    with turns:
        assert sys.getswitchinterval() == pytest.approx(0.0001)
    assert sys.getswitchinterval() == pytest.approx(0.0001)


def test_a_search_has_short_turns_and_an_error_ends_them(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    with store.read():
        assert sys.getswitchinterval() == pytest.approx(0.0002)
    with pytest.raises(ZeroDivisionError), store.read():
        1 / 0  # noqa: B018
    assert sys.getswitchinterval() == pytest.approx(0.005)
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_the_usual_turns(tmp_path):
    from jupyter_tracker.store.turns import SHORT_TURNS

    with SHORT_TURNS:
        pid = os.fork()
        if pid == 0:
            os._exit(0 if abs(sys.getswitchinterval() - 0.005) < 1e-6 else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_turns_are_short_while_the_first_search_imports_what_it_needs(tmp_path, monkeypatch):
    seen = []

    def watched(name):
        seen.append(sys.getswitchinterval())
        return import_module(name)

    monkeypatch.setattr("jupyter_tracker.store.sql.access.import_module", watched)
    with closing(open_sqlite(tmp_path / "tracker.db")) as store:
        store.search_experiments()
    assert seen
    assert seen == pytest.approx([0.0002] * len(seen))
    assert sys.getswitchinterval() == pytest.approx(0.005)
