"""What a glance reads once, whoever of its views asks."""

import itertools
import threading

from jupyter_tracker.store.glance import glance, once


def test_within_a_glance_the_same_is_read_once_and_after_it_anew():
    reads = itertools.count()
    assert [once("runs", lambda: next(reads)) for _ in range(2)] == [0, 1]
    with glance():
        assert [once("runs", lambda: next(reads)) for _ in range(2)] == [2, 2]
        with glance():  # part of the one around it
            assert once("runs", lambda: next(reads)) == 2
        assert once("other runs", lambda: next(reads)) == 3
        assert once("runs", lambda: next(reads)) == 2
    with glance():
        assert once("runs", lambda: next(reads)) == 4


def test_another_thread_has_glances_of_its_own():
    found = []
    with glance():
        once("runs", lambda: "mine")
        thread = threading.Thread(target=lambda: found.append(once("runs", lambda: "theirs")))
        thread.start()
        thread.join()
    assert found == ["theirs"]


def test_what_cannot_be_read_is_tried_again():
    with glance():
        try:
            once("runs", lambda: 1 // 0)
        except ZeroDivisionError:
            assert once("runs", lambda: "there") == "there"
        else:
            raise AssertionError("a failed read was told as an answer")
