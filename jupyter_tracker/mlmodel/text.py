"""YAML as the MLmodel format writes it. The only room of the YAML library but for `transfer`."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.errors import InvalidStateError


def dump(value: Any) -> str:
    """Return a dictionary or list as YAML, keys in the order they came."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return text


def parse(text: str, what: str) -> Any:
    """Return what YAML text says; InvalidStateError, which names `what`, where it is none. No code can be in it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe ones
    except yaml.YAMLError as error:
        raise InvalidStateError(f"{what} is no YAML: {error}.") from error
