"""What a server tells about itself: a log of JSON lines, and figures in Prometheus's text format.

Requests that went well are counted, not logged: at thousands a second their log would cost more than they do.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, TextIO

from jupyter_tracker._version import __version__
from jupyter_tracker.api.routes import TABLE

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SLOW_S: Final = 1.0


class Telemetry:
    """Counts requests and logs what deserves it.

    Parameters
    ----------
    logs_all : bool
        Log every request, not only those that failed or took longer than a second.
    sink : file, optional
        Where lines go; stderr where left out.
    """

    def __init__(self, *, logs_all: bool = False, sink: TextIO | None = None) -> None:
        self._logs_all, self._sink = logs_all, sink or sys.stderr
        self._started = time.time()
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._bytes = 0

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
        """Write one line of JSON."""
        line = {"time": round(time.time(), 3), "level": level, "event": event, **facts}
        print(json.dumps(line, default=str), file=self._sink, flush=True)

    def text(self) -> str:
        """Return the figures in Prometheus's text format."""
        with self._lock:
            requests, buckets = dict(self._requests), {route: list(counts) for route, counts in self._buckets.items()}
            seconds, sent = dict(self._seconds), self._bytes
        lines = [
            "# TYPE jupyter_tracker_info gauge",
            f'jupyter_tracker_info{{version="{__version__}"}} 1',
            "# TYPE process_start_time_seconds gauge",
            f"process_start_time_seconds {self._started:.3f}",
            "# TYPE jupyter_tracker_sent_bytes_total counter",
            f"jupyter_tracker_sent_bytes_total {sent}",
            "# TYPE jupyter_tracker_requests_total counter",
        ]
        for (method, route, status), count in sorted(requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            lines.append(f"jupyter_tracker_requests_total{{{labels}}} {count}")
        lines.append("# TYPE jupyter_tracker_request_seconds histogram")
        for route, counts in sorted(buckets.items()):
            lines += _histogram(route, counts, seconds[route])
        return "\n".join(lines) + "\n"


def _histogram(route: str, counts: list[int], seconds: float) -> list[str]:
    name, lines, total = "jupyter_tracker_request_seconds", [], 0
    for bound, count in zip([*map(str, _BOUNDS_S), "+Inf"], counts, strict=True):
        total += count
        lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
    return [*lines, f'{name}_sum{{route="{route}"}} {seconds:.6f}', f'{name}_count{{route="{route}"}} {total}']
