"""The machine while it measures: how busy, how fast, how steady."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.spans import median


def calibration_ms() -> list[float]:
    """Return what a fixed piece of Python took, 15 times: median far above the best means a noisy machine."""
    samples = []
    for _ in range(15):
        before = time.perf_counter()
        number = 0
        for index in range(100_000):
            number += index * index % 7
        samples.append((time.perf_counter() - before) * 1e3)
    return samples


def fsync_ms(folder: Path) -> float:
    """Return the median of 30 appends of 4 kB, each synced."""
    samples = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(30):
            before = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            samples.append((time.perf_counter() - before) * 1e3)
    return median(samples)


def load() -> float | None:
    """Return the load average of the last minute, where the system has one."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def state(folder: Path) -> dict[str, float | None]:
    """Return the numbers that say whether this is a moment to measure in."""
    samples = calibration_ms()
    return {
        "load": load(),
        "calibration_best_ms": min(samples),
        "calibration_median_ms": median(samples),
        "fsync_ms": fsync_ms(folder),
    }


def description() -> dict[str, str]:
    """Return processor, system, Python and SQLite."""
    return {
        "system": platform.platform(),
        "processors": f"{os.cpu_count()} x {_processor()}",
        "python": sys.version.split()[0],
        "sqlite3 (standard library)": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
