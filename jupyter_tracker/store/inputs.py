"""What may be said of the data sets that a run read: MLflow's limits, checked in one place for every store."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tracker.entities import DatasetInput, limits
from jupyter_tracker.errors import InvalidParameterError

# In characters.
_LIMITS = {
    "name": 500,
    "digest": 36,
    "source_type": 36,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
_TAG_KEY = 255
_TAG_VALUE = 500
DATASET_FIELDS = tuple(_LIMITS)


def check_inputs(datasets: Sequence[DatasetInput]) -> None:
    """Raise InvalidParameterError where there are too many, or one of them is too long or has no name."""
    if len(datasets) > limits.MAX_DATASETS:
        raise InvalidParameterError(
            f"At most {limits.MAX_DATASETS} datasets can be logged at once, but {len(datasets)} were given."
        )
    for entry in datasets:
        _check(entry)


def _check(entry: DatasetInput) -> None:
    for name, limit in _LIMITS.items():
        value = getattr(entry.dataset, name)
        if not value and name in {"name", "digest", "source_type", "source"}:
            raise InvalidParameterError(f"Dataset {name} cannot be empty (dataset {entry.dataset.name!r}).")
        if value is not None and len(value) > limit:
            raise InvalidParameterError(
                f"Dataset {name} exceeds the maximum length of {limit} characters: it has {len(value)}."
            )
    for tag in entry.tags:
        limits.check_text(tag.key, _TAG_KEY, "An input tag's key")
        limits.check_text(tag.value, _TAG_VALUE, f"The value of input tag {tag.key!r}")
