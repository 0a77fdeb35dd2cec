"""Several files at a time: what the others do where one fails, or somebody presses Ctrl-C."""

import threading
import time

import pytest

from jupyter_tracker.artifact_store.following import at_once


def without_end(step):
    while True:
        step(1)


def test_all_are_done_and_told():
    told = []
    at_once([lambda step, count=count: step(count) for count in range(20)], told.append)
    assert sorted(told) == list(range(20))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_where_one_fails_the_others_stop(error):
    def fails(_step):
        raise error

    with pytest.raises(error):
        at_once([without_end, without_end, fails, *[without_end] * 50], lambda _count: None, threads=3)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("jupyter_tracker-files")]


def test_ctrl_c_while_a_thread_starts_waits_for_what_that_has_begun(monkeypatch):
    start, begun, ended = threading.Thread.start, threading.Event(), []

    def job(step):
        begun.set()
        try:
            without_end(step)
        finally:
            time.sleep(0.2)  # as who takes away a half file
            ended.append(threading.current_thread())

    def interrupted(thread):
        start(thread)
        if thread.name.startswith("jupyter_tracker-files"):
            assert begun.wait(60)
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        at_once([job] * 3, lambda _count: None)
    assert len(ended) == 1
    assert not ended[0].is_alive()


def test_what_stops_inside_stops_what_is_inside_of_it():
    def fails(_step):
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing else
        at_once([lambda step: at_once([without_end], step), fails], lambda _count: None)
