"""YAML as the MLmodel format writes it. The only room of the YAML library but for `transfer`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from jupyter_tracker.errors import InvalidStateError


def dump(value: Any) -> str:
    """Return a dictionary or list as YAML, keys in the order they came."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(_plain(value), Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return text


def _plain(value: Any) -> Any:
    """Return a value of YAML's own types: what a user's metadata holds may be of a subclass, or NumPy's."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, bool) or value is None:
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value if isinstance(value, bytes | dt.date) else str(value)


def parse(text: str, what: str) -> Any:
    """Return what YAML text says; InvalidStateError, which names `what`, where it is none. No code can be in it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe ones
    except yaml.YAMLError as error:
        raise InvalidStateError(f"{what} is no YAML: {error}.") from error
