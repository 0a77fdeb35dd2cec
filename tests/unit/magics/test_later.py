"""Work that waits until a short cell is over."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_tracker.magics.later import DELAY_S, later


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as threads:
        yield threads


def test_it_is_done_after_the_delay_and_not_before(pool):
    done = threading.Event()
    began = time.monotonic()
    later(pool, done.set).result(60)
    assert done.is_set()
    assert time.monotonic() - began >= DELAY_S


def test_what_is_cancelled_in_time_is_never_done(pool):
    done = threading.Event()
    assert later(pool, done.set).cancel()
    later(pool, lambda: None).result(60)
    assert not done.is_set()


def test_what_has_begun_cannot_be_cancelled_and_is_waited_for(pool):
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work():
        begun.set()
        go_on.wait(60)
        done.set()

    future = later(pool, work)
    assert begun.wait(60)
    assert not future.cancel()
    go_on.set()
    future.result(60)
    assert done.is_set()


def test_an_error_is_raised_for_whoever_waits_and_the_thread_goes_on(pool):
    def fails():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        later(pool, fails).result(60)
    later(pool, lambda: None).result(60)


def test_what_waits_at_the_same_time_waits_once(pool, monkeypatch):
    slept = []
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: (slept.append(seconds), sleep(seconds)))
    for future in [later(pool, lambda: None) for _ in range(20)]:
        future.result(60)
    assert sum(slept) < 10 * DELAY_S
