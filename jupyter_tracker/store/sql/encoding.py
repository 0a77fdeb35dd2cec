"""Points as rows: a chunk's and its latest point's, for the files that write them through SQLAlchemy."""

from __future__ import annotations

from jupyter_tracker.store.sql.apply import _encoded as encoded

__all__ = ["CHUNK_COLUMNS", "LATEST_COLUMNS", "encoded"]

# In the order of what `encoded` returns.
CHUNK_COLUMNS = ("count", "min_step", "max_step", "min_value", "max_value", "data")
LATEST_COLUMNS = ("value", "is_nan", "step", "timestamp", "count")
