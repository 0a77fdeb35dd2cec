"""What entities have in common: each becomes a dictionary, as MLflow's do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any


class Entity:
    """A dataclass that is iterated as pairs of name and value, so that `dict(run.info)` shows what there is."""

    __slots__ = ()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter([(field.name, getattr(self, field.name)) for field in dataclasses.fields(self)])  # type: ignore[arg-type]

    def to_dictionary(self) -> dict[str, Any]:
        """Return it as dictionaries, lists and plain values, entities within it included."""
        return {name: _plain(value) for name, value in self}


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.to_dictionary()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
