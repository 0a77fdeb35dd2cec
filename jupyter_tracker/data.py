"""Data sets for `log_input`, from the objects that hold them."""

from __future__ import annotations

from jupyter_tracker.tracking.datasets import TrackedDataset, from_numpy, from_pandas, from_polars

__all__ = ["TrackedDataset", "from_numpy", "from_pandas", "from_polars"]
