"""MLflow's limits on names, keys and values, and the one place that checks them.

No I/O here. A caller passes where a value came from (`metrics[0].key`), and the error says it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.entities.run import RUN_STATUSES
from jupyter_tracker.errors import InvalidParameterError

MAX_KEY = 250
MAX_PARAM_VALUE = 6000
MAX_TAG_VALUE = 8000
MAX_EXPERIMENT_TAG_VALUE = 20_000
MAX_REGISTRY_TAG_VALUE = 100_000
MAX_EXPERIMENT_NAME = 500
MAX_BATCH_METRICS = 1000
MAX_BATCH_PARAMS = 100
MAX_BATCH_TAGS = 100
MAX_BATCH_ENTITIES = 1000
MAX_RUN_RESULTS = 50_000
MAX_DATASETS = 1000
MAX_ALIAS = 255
MAX_LOGGED_MODEL_NAME = 500
INT64_MAX = 2**63 - 1

# The same few keys come with every run.
_GOOD_KEYS: set[str] = set()
_MOST_GOOD_KEYS = 10_000
_KEY = re.compile(r"^[/\w.\- :]+$")
_RUN_ID = re.compile(r"^[a-zA-Z0-9][\w\-]{0,255}$")
_ALIAS = re.compile(r"^[\w\-.]+$")
_NOT_IN_MODEL_NAME = frozenset("/:.%\"'")
_VERSION_ALIAS = re.compile(r"^[vV]\d+$")


def check_key(key: object, kind: str, where: str | None = None) -> str:
    """Return `key` if it may name a metric, param or tag; InvalidParameterError otherwise.

    `kind` is for the message: ``Metric``, ``Param`` or ``Tag``.
    """
    try:
        if key in _GOOD_KEYS:
            return key
    except TypeError:  # unhashable, so certainly not text
        pass
    at = f" at {where}" if where else ""
    if not isinstance(key, str) or not key:
        raise InvalidParameterError(f"{kind} key{at} must be a non-empty string, but {_shown(key)} was given.")
    if len(key) > MAX_KEY:
        raise InvalidParameterError(
            f"'{kind} key'{at} exceeds the maximum length of {MAX_KEY} characters: {_shown(key)} has {len(key)}."
        )
    if not _KEY.match(key):
        raise InvalidParameterError(
            f"{kind} key {_shown(key)}{at} is not allowed: use letters, digits, spaces and / . - _ : only."
        )
    if posixpath.normpath(key) != key or key == "." or key.startswith(("../", "/")) or key == "..":
        raise InvalidParameterError(
            f"{kind} key {_shown(key)}{at} is not allowed: it is read as a path, and would be "
            f"{posixpath.normpath(key)!r}. Write it without leading '/', '.' or '..' parts."
        )
    if len(_GOOD_KEYS) >= _MOST_GOOD_KEYS:
        _GOOD_KEYS.clear()
    _GOOD_KEYS.add(key)
    return key


def check_mapping(value: object, what: str) -> None:
    """Refuse what has no keys and values: a dict is expected of `what`."""
    if not hasattr(value, "items"):
        raise InvalidParameterError(f"{what} must be a dict, such as {{'name': 1}}, but {_shown(value)} was given.")


def check_text(value: str, limit: int, what: str, *, truncate: bool | None = None) -> str:
    """Return `value` if it is at most `limit` characters long; cut it where `truncate`, else raise.

    `truncate` is None for what is never cut, such as a name.
    """
    if len(value) <= limit:
        return value
    if truncate:
        return value[:limit]
    ways = ", log it as an artifact, or set MLFLOW_TRUNCATE_LONG_VALUES=true to have it cut."
    hint = "." if truncate is None else ways
    raise InvalidParameterError(f"{what} has {len(value)} characters; at most {limit} are allowed. Shorten it{hint}")


def check_step(step: object) -> int:
    """Return `step` as an int that fits 64 bits; None is 0."""
    if step is None:
        return 0
    number = _check_int64(step, "step")
    if number != step:  # cut, two steps would become one
        raise InvalidParameterError(
            f"Invalid value {_shown(step)} for parameter 'step' supplied: a whole number is expected."
        )
    return number


def check_timestamp(timestamp: object) -> int:
    """Return `timestamp` (ms UTC) as a non-negative int that fits 64 bits."""
    number = _check_int64(timestamp, "timestamp")
    if number < 0:
        raise InvalidParameterError(f"Invalid value {timestamp!r} for parameter 'timestamp': it is negative.")
    return number


def _check_int64(value: object, what: str) -> int:
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        raise InvalidParameterError(
            f"Invalid value {_shown(value)} for parameter '{what}' supplied: a whole number is expected."
        ) from None
    if not -INT64_MAX - 1 <= number <= INT64_MAX:
        raise InvalidParameterError(f"Invalid value {number} for parameter '{what}' supplied: it needs over 64 bits.")
    return int(number)


def check_metric_value(value: object, key: object) -> float:
    """Return a metric's value as a float; InvalidParameterError where it is not a number.

    An array or a tensor of one element is that element, and text that reads as a number is that number, as in MLflow:
    `log_metric("f1", f"{f1:.3f}")` is often written.
    """
    try:
        plain: Any = value.item() if getattr(value, "ndim", 0) else value  # type: ignore[attr-defined]
        number = None if isinstance(plain, bytes) else float(plain)
    except OverflowError:
        raise InvalidParameterError(
            f"Invalid value for metric {_shown(key)}: the whole number given is too large for a float."
        ) from None
    except Exception:  # noqa: BLE001 - any object may be passed, and its __float__ may do anything
        number = None
    if number is None:
        raise InvalidParameterError(
            f"Invalid value {_shown(value)} for parameter 'value' of metric {_shown(key)}: a number is expected, "
            f"but this is a {type(value).__name__}. {_instead_of(value)}"
        )
    return number


def _instead_of(value: object) -> str:
    """Return what to do with a value that is no number."""
    if isinstance(value, str | bytes):
        return "Text belongs in a param or a tag."
    if isinstance(value, Mapping):
        return "log_metrics takes a dictionary of metrics."
    if getattr(value, "ndim", 0) or isinstance(value, Sequence):
        return "log_metric_series takes many values of one metric."
    return "What is no number belongs in a param or a tag."


def check_experiment_name(name: object) -> str:
    """Return an experiment's name if it is text of 1 to 500 characters."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidParameterError(f"Invalid experiment name {_shown(name)}: a non-empty string is expected.")
    return check_text(name, MAX_EXPERIMENT_NAME, "The experiment name")


def check_artifact_location(location: str | None) -> None:
    """Refuse an artifact location with a query or a fragment."""
    if location and ("#" in location or "?" in location):
        raise InvalidParameterError(f"Invalid artifact_location {_shown(location)}: '#' and '?' are not allowed.")


def check_run_id(run_id: object) -> str:
    """Return a run id if it has the form of one."""
    if not isinstance(run_id, str) or not _RUN_ID.match(run_id):
        raise InvalidParameterError(f"Invalid run id {_shown(run_id)}: 32 hex digits are expected.")
    return run_id


def check_status(status: object) -> str:
    """Return a run status name; InvalidParameterError for another word."""
    if status not in RUN_STATUSES:
        raise InvalidParameterError(f"Invalid run status {_shown(status)}: one of {sorted(RUN_STATUSES)} is expected.")
    return str(status)


def no_view_type(view_type: object) -> InvalidParameterError:
    """Return the error of what is none of `ViewType`'s."""
    return InvalidParameterError(
        f"Invalid view type {view_type!r}: use entities.ViewType.ACTIVE_ONLY, DELETED_ONLY or ALL."
    )


def check_max_results(max_results: object, limit: int = MAX_RUN_RESULTS) -> int:
    """Return a page size between 1 and `limit`."""
    if not isinstance(max_results, int) or isinstance(max_results, bool) or not 1 <= max_results <= limit:
        raise InvalidParameterError(
            f"Invalid value {_shown(max_results)} for parameter 'max_results' supplied: "
            f"a whole number from 1 to {limit} is expected."
        )
    return max_results


def check_model_name(name: object) -> str:
    """Return a registered model's name: not empty, without '/' and ':'."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidParameterError("Registered model name cannot be empty.")
    if "/" in name or ":" in name:
        raise InvalidParameterError(f"Invalid model name {_shown(name)}: '/' and ':' are not allowed.")
    return check_text(name, 256, "The registered model name")


def check_alias(alias: object) -> str:
    """Return a model version alias: word characters, '-' and '.'; not `latest`, not `v1`."""
    if not isinstance(alias, str) or not alias:
        raise InvalidParameterError("Registered model alias name cannot be empty.")
    check_text(alias, MAX_ALIAS, "The alias")
    if not _ALIAS.match(alias):
        raise InvalidParameterError(f"Invalid alias name {_shown(alias)}: use letters, digits, '-', '_' and '.'.")
    if alias.lower() == "latest" or _VERSION_ALIAS.match(alias):
        raise InvalidParameterError(f"Alias name {_shown(alias)} is reserved: it would be read as a version.")
    return alias


def check_logged_model_name(name: str) -> str:
    """Return a logged model's name: 1 to 500 characters, so that it is one part of a path and of a URI."""
    if not name or _NOT_IN_MODEL_NAME & set(name) or len(name) > MAX_LOGGED_MODEL_NAME:
        raise InvalidParameterError(
            f"Invalid logged model name {name[:80]!r}: 1 to {MAX_LOGGED_MODEL_NAME} characters are expected, without "
            "/ : . % \" '."
        )
    return name


def check_entries(entries: Mapping[str, str], kind: str, limit: int) -> None:
    """Refuse keys and values of a logged model that are too long, or no keys. `kind` is ``Param`` or ``Tag``."""
    for key, value in entries.items():
        check_key(key, kind)
        check_text(value, limit, f"The value of {kind.lower()} {key!r}")


def check_batch(n_metrics: int, n_params: int, n_tags: int) -> None:
    """Refuse a log_batch over MLflow's counts."""
    for count, limit, what in (
        (n_metrics, MAX_BATCH_METRICS, "metrics"),
        (n_params, MAX_BATCH_PARAMS, "params"),
        (n_tags, MAX_BATCH_TAGS, "tags"),
        (n_metrics + n_params + n_tags, MAX_BATCH_ENTITIES, "metrics, params and tags together"),
    ):
        if count > limit:
            raise InvalidParameterError(
                f"A batch can have at most {limit} {what}, but {count} were given. Split it into several calls."
            )


def _shown(value: object) -> str:
    text = repr(value)
    if "\n" in text:  # a table's, or an array's: the message is a line
        text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
