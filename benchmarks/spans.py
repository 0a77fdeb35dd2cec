"""Timing of single calls."""

from __future__ import annotations

import contextlib
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence

Call = Callable[[str, float, int], object]


def timed_calls(call: Call, key: str, values: Sequence[float], budget_s: float, first: int = 0) -> array[int]:
    """Log each value by a call of its own, until the budget is spent; return what each call took, in ns."""
    spans = array("q", bytes(8 * len(values)))
    clock = time.perf_counter_ns
    deadline = clock() + int(budget_s * 1e9)
    done = 0
    for value in values:
        before = clock()
        call(key, value, first + done)
        after = clock()
        spans[done] = after - before
        done += 1
        if after > deadline:
            break
    return spans[:done]


def percentiles(spans: Sequence[int]) -> dict[str, float]:
    """Return p50, p99 and the longest, in µs."""
    ordered = sorted(spans)
    last = len(ordered) - 1
    return {
        "p50_us": ordered[last // 2] / 1e3,
        "p99_us": ordered[int(last * 0.99)] / 1e3,
        "max_us": ordered[-1] / 1e3,
    }


def mean_us(spans: Sequence[int]) -> float:
    return sum(spans) / len(spans) / 1e3


def median(numbers: Sequence[float]) -> float:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@contextlib.contextmanager
def busy_thread(wanted: bool) -> Iterator[None]:
    """Run a thread that computes in plain Python and never waits, as a training loop beside the caller does."""
    stop = threading.Event()

    def compute() -> None:
        number = 0
        while not stop.is_set():
            for _ in range(1000):
                number = (number * 31 + 7) % 1_000_003

    thread = threading.Thread(target=compute, daemon=True)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if wanted:
            thread.join()


def noisy(count: int, seed: int = 1) -> Iterator[float]:
    """Yield a falling curve with noise in every bit, made on the fly so that it costs no memory."""
    import random

    draw = random.Random(seed).random
    for index in range(count):
        yield 1.0 / (1.0 + index * 1e-4) + 0.1 * draw()
