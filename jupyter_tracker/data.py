"""Data sets for `log_input`, from the objects that hold them."""

from __future__ import annotations

from jupyter_tracker.tracking.datasets import TrackedDataset, from_numpy, from_pandas, from_polars

__path__: list[str] = []  # for imports by MLflow's deeper paths: see `elsewhere`
__all__ = [
    "Dataset",
    "NumpyDataset",
    "PandasDataset",
    "PolarsDataset",
    "TrackedDataset",
    "from_numpy",
    "from_pandas",
    "from_polars",
]

# MLflow has a class for each kind of data.
Dataset = NumpyDataset = PandasDataset = PolarsDataset = TrackedDataset
