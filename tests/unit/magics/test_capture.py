"""What a cell prints and shows is kept within bounds, and the streams are given back."""

import base64
import contextlib
import io
import json
import sys
import threading

import pytest

from jupyter_tracker.magics.capture import FigureCapture, OutputTee, plain

PNG = base64.b64encode(b"\x89PNG one").decode()
PNG_2 = base64.b64encode(b"\x89PNG two").decode()


class Stream(io.StringIO):
    """A stream that takes attributes, as the real ones do."""


@contextlib.contextmanager
def streams():
    """Put streams of our own in place; not by fixture, since pytest puts its own in place after those."""
    out, err = Stream(), Stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield out, err


def test_output_reaches_the_screen_and_is_kept():
    with streams() as (out, err):
        tee = OutputTee(1000)
        tee.start()
        print("hello")
        print("careful", file=sys.stderr)
        tee.stop()
        print("after")
    assert out.getvalue() == "hello\nafter\n"
    assert err.getvalue() == "careful\n"
    assert tee.text() == "hello\ncareful\n"


def test_the_streams_are_as_they_were():
    with streams() as (out, err):
        tee = OutputTee(1000)
        tee.start()
        assert sys.stdout is out
        assert "write" in vars(out)
        tee.stop()
    assert "write" not in vars(out)
    assert "write" not in vars(err)


def test_another_listener_that_came_later_goes_on():
    seen = []
    with streams() as (out, _):
        tee = OutputTee(1000)
        tee.start()
        below = out.write

        def listener(text):
            seen.append(text)
            return below(text)

        out.write = listener
        tee.stop()
        print("after", end="")
    assert out.write is listener
    assert "".join(seen) == "after"
    assert out.getvalue() == "after"
    assert tee.text() == ""


def test_one_stream_for_both_is_kept_once():
    with streams() as (out, _), contextlib.redirect_stderr(out):
        tee = OutputTee(1000)
        tee.start()
        print("once")
        tee.stop()
    assert tee.text() == "once\n"
    assert "write" not in vars(out)


def test_a_missing_stream_is_no_trouble():
    with streams(), contextlib.redirect_stdout(None):
        tee = OutputTee(1000)
        tee.start()
        tee.stop()
    assert tee.text() == ""


@pytest.mark.parametrize("size", [1, 3, 10, 95, 250])
def test_the_middle_is_dropped_and_it_says_so(size):
    text = "".join(chr(ord("a") + i % 26) for i in range(1000))
    tee = OutputTee(100)
    for start in range(0, 1000, size):
        tee.append(text[start : start + size])
    assert tee.text() == f"{text[:50]}\n... 900 characters dropped here ...\n{text[-50:]}"


def test_what_fits_is_whole():
    tee = OutputTee(100)
    for _ in range(10):
        tee.append("0123456789")
    assert tee.text() == "0123456789" * 10


def test_a_long_cell_keeps_little_in_memory():
    tee = OutputTee(1000)
    for _ in range(100_000):
        tee.append("some progress\n")
    assert sum(map(len, tee._tail)) < 1100
    assert len(tee._head) < 100


@pytest.mark.parametrize("limit", [0, 1])
def test_tiny_limits(limit):
    tee = OutputTee(limit)
    tee.append("abc")
    assert tee.text().endswith(f"... {3 - limit} characters dropped here ...\n{'c' * limit}")


def test_plain_text_is_what_the_screen_shows():
    assert plain("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07") == "red link"
    assert plain("10%\r50%\r100%\ndone\n") == "100%\ndone\n"
    assert plain("line\r\nnext\r\n") == "line\r\nnext\r\n"
    assert plain("half\r") == "half\r"


def message(data, kind="display_data", **content):
    return {"msg_type": kind, "content": {"data": data, "metadata": {}, **content}}


def test_figures_are_kept_in_order_in_their_best_form():
    capture = FigureCapture(20)
    plotly = {"data": [], "layout": {}}
    for data in (
        {"text/plain": "Figure", "image/png": PNG},
        {"text/plain": "no figure"},
        {"image/svg+xml": "<svg/>", "image/png": PNG},
        {"application/vnd.plotly.v1+json": plotly, "text/html": "…"},
        {"image/png": b"raw"},
    ):
        sent = message(data)
        assert capture.on_message(sent) is sent
    kept = [(figure.suffix, figure.content) for figure in capture.figures()]
    assert kept == [
        ("png", b"\x89PNG one"),
        ("svg", b"<svg/>"),
        ("plotly.json", json.dumps(plotly).encode()),
        ("png", b"raw"),
    ]


def test_more_than_the_limit_is_counted_not_kept():
    capture = FigureCapture(2)
    for _ in range(5):
        capture.on_message(message({"image/png": PNG}))
    assert len(capture.figures()) == 2
    assert capture.dropped == 3


def test_a_figure_that_is_too_large_is_counted_not_kept():
    capture = FigureCapture(limit=5)
    for size in (10, 10_000_001):
        capture.note({"image/svg+xml": "x" * size})
    assert [len(figure.content) for figure in capture.figures()] == [10]
    assert capture.dropped == 1


def test_an_updated_figure_is_kept_in_its_last_state():
    capture = FigureCapture(20)
    capture.on_message(message({"image/png": PNG}, transient={"display_id": "a"}))
    for _ in range(50):
        capture.on_message(message({"image/png": PNG_2}, "update_display_data", transient={"display_id": "a"}))
    assert [figure.content for figure in capture.figures()] == [b"\x89PNG two"]


@pytest.mark.parametrize("wait", [True, False])
def test_what_was_cleared_from_the_screen_is_not_kept(wait):
    capture = FigureCapture(20)
    for _ in range(50):
        capture.on_message({"msg_type": "clear_output", "content": {"wait": wait}})
        capture.on_message(message({"image/png": PNG}))
    assert len(capture.figures()) == 1


def test_clearing_that_waits_for_nothing_keeps_the_figure():
    capture = FigureCapture(20)
    capture.on_message(message({"image/png": PNG}))
    capture.on_message({"msg_type": "clear_output", "content": {"wait": True}})
    assert len(capture.figures()) == 1


def test_damaged_data_is_left_out():
    capture = FigureCapture(20)
    capture.on_message(message({"image/png": "x"}))
    capture.on_message(message({"image/png": PNG}))
    assert len(capture.figures()) == 1


def test_a_listener_that_fails_does_not_stop_the_printing(monkeypatch):
    monkeypatch.setattr(OutputTee, "append", lambda _self, _text: 1 / 0)
    with streams() as (out, _):
        tee = OutputTee(1000)
        tee.start()
        print("hello")
        tee.stop()
    assert out.getvalue() == "hello\n"


def test_printing_from_many_threads():
    tee = OutputTee(1000)
    with streams():
        tee.start()
        threads = [threading.Thread(target=lambda: [print("x" * 50) for _ in range(500)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tee.stop()
    assert len(tee.text()) < 1200


def test_odd_messages_are_passed_on():
    capture = FigureCapture(20)
    for odd in (
        {},
        {"content": None},
        {"msg_type": "display_data", "content": {"data": 3}},
        {"content": {"data": None}},
    ):
        assert capture.on_message(odd) is odd
    assert capture.figures() == []
