"""The least that class A costs in SQLite: as `raw_sqlite`, with synchronous=FULL, one sync per commit."""

from __future__ import annotations

from benchmarks.peers import raw_sqlite


class Tracker(raw_sqlite.Tracker):
    durability = "A"
    level = "FULL"
    workloads = raw_sqlite.Tracker.workloads - {"search"}  # which writes nothing
    startup = raw_sqlite.Tracker.startup.replace("NORMAL", "FULL")
