"""What a tracked cell prints and shows, kept within bounds while it goes to the screen as usual.

To capture another kind of figure: a row in `FIGURE_TYPES`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)")
_MAX_FIGURE_BYTES = 10_000_000
# The first type of a bundle that is listed here is kept: what scales and is small before what is neither.
FIGURE_TYPES = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/vnd.plotly.v1+json": "plotly.json",
}


class OutputTee:
    """Keep the first and the last characters of a stream of text, at most `limit` in all.

    Writes may come from any thread. There is no lock on purpose: a child that was forked while another thread
    held it would wait for ever in its first `print`. Two threads at once may misplace a piece, no more.
    """

    def __init__(self, limit: int) -> None:
        limit = max(limit, 0)
        self._head_room = limit // 2
        self._tail_limit = limit - self._head_room
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._total = 0
        self._streams: list[_WrittenStream] = []

    def start(self) -> None:
        """Listen to stdout and stderr of the process, from every thread."""
        for stream in {id(stream): stream for stream in (sys.stdout, sys.stderr) if stream is not None}.values():
            self._streams.append(_WrittenStream(stream, self.append))

    def stop(self) -> None:
        """Give both streams back as they were."""
        while self._streams:
            self._streams.pop().restore()

    def append(self, text: str) -> None:
        """Keep a piece of text; the middle of what came is dropped first."""
        self._total += len(text)
        if self._head_room > 0:
            kept = text[: self._head_room]
            self._head.append(kept)
            self._head_room -= len(kept)
            text = text[len(kept) :]
        if not text:
            return
        self._tail.append(text[-self._tail_limit :] if self._tail_limit else "")
        self._tail_size += len(self._tail[-1])
        while self._tail_size - len(self._tail[0]) >= self._tail_limit > 0:
            self._tail_size -= len(self._tail.popleft())

    def text(self) -> str:
        """Return what was printed, as it reads on the screen: no colour codes, overwritten lines once."""
        head, tail = "".join(self._head), "".join(self._tail)
        tail = tail[-self._tail_limit :] if self._tail_limit else ""
        dropped = self._total - len(head) - len(tail)
        middle = f"\n... {dropped} characters dropped here ...\n" if dropped > 0 else ""
        return plain(head + middle + tail)


def plain(text: str) -> str:
    """Return terminal output as plain text: without colour codes, and with each progress bar's last state."""
    return _OVERWRITTEN.sub("", _ANSI.sub("", text))


class _WrittenStream:
    """A stream whose `write` also tells us; the stream object itself stays, since others hold it too.

    IPython listens to its streams in the same way. Where another listener came after us and is still
    there, our wrapper stays below it and does nothing more.
    """

    def __init__(self, stream: TextIO, listener: Callable[[str], None]) -> None:
        self._stream = stream
        self._had_own_write = "write" in getattr(stream, "__dict__", {})
        self._original = original = stream.write
        self._listener: Callable[[str], None] | None = listener

        def write(text: str, *args: Any, **kwargs: Any) -> int:
            listen = self._listener
            if listen is not None:
                with contextlib.suppress(Exception):  # printing goes on whatever happens to us
                    listen(text)
            return original(text, *args, **kwargs)

        self._write = write
        try:
            stream.write = write  # type: ignore[method-assign]
        except AttributeError:  # a stream of C without a __dict__: nothing is kept of it
            self._listener = None

    def restore(self) -> None:
        self._listener = None
        if getattr(self._stream, "write", None) is not self._write:
            return
        if self._had_own_write:
            self._stream.write = self._original  # type: ignore[method-assign]
        else:
            del self._stream.write


@dataclass(frozen=True, slots=True)
class Figure:
    """One displayed figure: the ending of its file name, and its bytes."""

    suffix: str
    content: bytes


class FigureCapture:
    """Keep the figures that a cell shows, at most `limit`, as they stand when it ends.

    A figure that is updated in place is kept in its last state, and what `clear_output` removed from the
    screen is not kept. Hooks see only messages of the thread that registered them: the cell's own.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._shown: list[Mapping[str, Any]] = []
        self._index_of: dict[str, int] = {}
        self._clear_first = False
        self.dropped = 0
        self._sources: list[Any] = []

    def start(self, *sources: object) -> None:
        """Listen to a display publisher and a display hook, where they can be listened to (ipykernel)."""
        for source in sources:
            if hasattr(source, "register_hook") and hasattr(source, "unregister_hook"):
                source.register_hook(self.on_message)
                self._sources.append(source)

    def stop(self) -> None:
        """Stop listening."""
        while self._sources:
            self._sources.pop().unregister_hook(self.on_message)

    def on_message(self, message: dict[str, Any]) -> dict[str, Any]:
        """Note a figure in a message on its way to the screen; the message goes on unchanged."""
        with contextlib.suppress(Exception):  # it is shown whatever happens to us
            self._read(message)
        return message

    def _read(self, message: Mapping[str, Any]) -> None:
        content = message.get("content", {})
        if message.get("msg_type") == "clear_output":
            self._clear_first = True
            if not content.get("wait"):
                self._clear()
            return
        if message.get("msg_type") != "update_display_data" and self._clear_first:
            self._clear()
        data = content.get("data") or {}
        self.note(data, (content.get("transient") or {}).get("display_id"))

    def note(self, data: Mapping[str, Any], display_id: str | None = None) -> None:
        """Keep what is shown, by MIME type, if a figure is in it."""
        mime = next((mime for mime in FIGURE_TYPES if mime in data), None)
        if mime is None:
            return
        data = {mime: data[mime]}
        if display_id is not None and display_id in self._index_of:
            self._shown[self._index_of[display_id]] = data
        elif len(self._shown) >= self._limit:
            self.dropped += 1
        else:
            if display_id is not None:
                self._index_of[display_id] = len(self._shown)
            self._shown.append(data)

    def _clear(self) -> None:
        self._shown.clear()
        self._index_of.clear()
        self._clear_first = False
        self.dropped = 0

    def figures(self) -> list[Figure]:
        """Return the figures in the order they were shown; one above 10 MB is dropped, too."""
        found = [figure for data in self._shown if (figure := _figure(data)) is not None]
        kept = [figure for figure in found if len(figure.content) <= _MAX_FIGURE_BYTES]
        self.dropped += len(found) - len(kept)
        return kept


def _figure(data: Mapping[str, Any]) -> Figure | None:
    ((mime, value),) = data.items()
    suffix = FIGURE_TYPES[mime]
    if mime.endswith("+json"):
        return Figure(suffix, json.dumps(value).encode())
    if isinstance(value, bytes):
        return Figure(suffix, value)
    text = "".join(value)
    try:
        return Figure(suffix, text.encode() if suffix == "svg" else base64.b64decode(text))
    except ValueError:
        return None
