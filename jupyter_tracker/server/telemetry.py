"""What a server tells about itself: a log of JSON lines, and figures in Prometheus's text format.

Requests that went well are counted, not logged: at thousands a second their log would cost more than they do.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from jupyter_tracker._version import __version__
from jupyter_tracker.api.routes import TABLE

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SLOW_S: Final = 1.0
_TELL_S: Final = 1.0


class Telemetry:
    """Counts requests and logs what deserves it.

    Parameters
    ----------
    logs_all : bool
        Log every request, not only those that failed or took longer than a second.
    sink : file, optional
        Where lines go; stderr where left out.
    folder : pathlib.Path, optional
        Where the processes of one server tell each other their figures, once a second: each can then answer for all.
    """

    def __init__(self, *, logs_all: bool = False, sink: TextIO | None = None, folder: Path | None = None) -> None:
        self._logs_all, self._sink, self._folder = logs_all, sink or sys.stderr, folder
        self._started = time.time()
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._bytes = 0
        if folder is not None:
            own = folder / f"{os.getpid()}.json"
            threading.Thread(target=self._tell, args=(own,), daemon=True, name="jupyter-tracker-figures").start()

    def note(self, scope: Mapping[str, Any], status: int, seconds: float, sent: int) -> None:
        """Take a request that has been answered: how, in what time, with how many bytes."""
        found = TABLE.find(scope["method"], scope["path"])
        # Names that a client makes up are no labels.
        route, method = (found[0].path, scope["method"]) if found else ("other", "")
        with self._lock:
            self._requests[method, route, status] += 1
            buckets = self._buckets.setdefault(route, [0] * (len(_BOUNDS_S) + 1))
            buckets[next((i for i, bound in enumerate(_BOUNDS_S) if seconds <= bound), len(_BOUNDS_S))] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
            self._bytes += sent
        if self._logs_all or status >= 500 or status in {401, 403} or seconds > _SLOW_S:
            self.log(
                "error" if status >= 500 else "info",
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
                client=(scope.get("client") or ("",))[0],
                user=scope.get("user"),
            )

    def audit(self, event: str, **facts: object) -> None:
        """Log who came in, and who was refused."""
        self.log("info", event, **facts)

    def log(self, level: str, event: str, **facts: object) -> None:
        """Write one line of JSON, as one piece: threads and processes write beside each other."""
        line = {"time": round(time.time(), 3), "level": level, "event": event, **facts}
        # Who asks is answered, also when nobody reads the log any more.
        with contextlib.suppress(OSError):
            self._sink.write(json.dumps(line, default=str) + "\n")
            self._sink.flush()

    def text(self) -> str:
        """Return the figures in Prometheus's text format."""
        figures = self._figures()
        for others in self._of_others():
            figures.add(others)
        lines = [
            *_head("jupyter_tracker_info", "gauge", "The version that serves."),
            f'jupyter_tracker_info{{version="{__version__}"}} 1',
            *_head("process_start_time_seconds", "gauge", "When the server started, in seconds since 1970."),
            f"process_start_time_seconds {self._started:.3f}",
            *_head("jupyter_tracker_sent_bytes_total", "counter", "Bytes of all bodies that were sent."),
            f"jupyter_tracker_sent_bytes_total {figures.sent}",
            *_head("jupyter_tracker_requests_total", "counter", "Requests answered, by method, route and status."),
        ]
        for (method, route, status), count in sorted(figures.requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            lines.append(f"jupyter_tracker_requests_total{{{labels}}} {count}")
        lines += _head("jupyter_tracker_request_seconds", "histogram", "Seconds to the end of each answer, by route.")
        for route, counts in sorted(figures.buckets.items()):
            lines += _histogram(route, counts, figures.seconds[route])
        return "\n".join(lines) + "\n"

    # what several processes have counted -----------------------------------------------------------

    def _figures(self) -> _Figures:
        with self._lock:
            buckets = {route: list(counts) for route, counts in self._buckets.items()}
            return _Figures(Counter(self._requests), buckets, dict(self._seconds), self._bytes)

    def _of_others(self) -> Iterator[_Figures]:
        """Yield what the other processes have last told, those that have ended too: a count never goes back."""
        if self._folder is None:
            return
        for path in self._folder.glob("*.json"):
            if path.stem != str(os.getpid()):
                with contextlib.suppress(OSError, ValueError):
                    yield _Figures.from_json(json.loads(path.read_bytes()))

    def _tell(self, own: Path) -> None:
        told = -1
        while True:
            time.sleep(_TELL_S)
            figures = self._figures()
            count = figures.requests.total()
            if count != told:
                temporary = own.with_suffix(".new")
                # The folder goes away when the server ends.
                with contextlib.suppress(OSError):
                    temporary.write_text(json.dumps(figures.as_json()))
                    temporary.replace(own)
                    told = count


@dataclass
class _Figures:
    """What has been counted: requests by method, route and status; their times by route; bytes sent."""

    requests: Counter[tuple[str, str, int]]
    buckets: dict[str, list[int]]
    seconds: dict[str, float]
    sent: int

    def add(self, other: _Figures) -> None:
        """Add what another process has counted."""
        self.requests.update(other.requests)
        for route, counts in other.buckets.items():
            mine = self.buckets.get(route, [0] * len(counts))
            self.buckets[route] = [one + more for one, more in zip(mine, counts, strict=True)]
            self.seconds[route] = self.seconds.get(route, 0.0) + other.seconds[route]
        self.sent += other.sent

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        requests = [[*labels, count] for labels, count in self.requests.items()]
        return {"requests": requests, "buckets": self.buckets, "seconds": self.seconds, "sent": self.sent}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> _Figures:
        """Return what `as_json` gave."""
        requests = Counter({(method, route, status): count for method, route, status, count in found["requests"]})
        return cls(requests, found["buckets"], found["seconds"], found["sent"])


def _head(name: str, kind: str, what: str) -> list[str]:
    return [f"# HELP {name} {what}", f"# TYPE {name} {kind}"]


def _histogram(route: str, counts: list[int], seconds: float) -> list[str]:
    name, lines, total = "jupyter_tracker_request_seconds", [], 0
    for bound, count in zip([*map(str, _BOUNDS_S), "+Inf"], counts, strict=True):
        total += count
        lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
    return [*lines, f'{name}_sum{{route="{route}"}} {seconds:.6f}', f'{name}_count{{route="{route}"}} {total}']
