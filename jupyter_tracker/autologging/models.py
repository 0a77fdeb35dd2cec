"""The fitted model itself, through its framework's flavor: with five rows of input, unless it is too large."""

from __future__ import annotations

import importlib
import pickle
from typing import Any, Final

from jupyter_tracker.autologging._recording import RunRef
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.mlmodel import inference, input_example
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import Schema

MAX_BYTES: Final = 200 << 20
_ROWS: Final = 5


def log_model(
    framework: str,
    ref: RunRef,
    model: Any,
    options: Options,
    features: Any = None,
    name: str = "model",
    *,
    size_bytes: int | None = None,
    schema: Schema | None = None,
    step: int = 0,
) -> None:
    """Log a model to a run that is open; one line is said instead where its files would exceed `MAX_BYTES`.

    Parameters
    ----------
    framework, ref, model, options, name
        Whose model, where to, what, how, and what it is called there.
    features : optional
        What it was fitted on: the first rows become its input example.
    size_bytes : int, optional
        Its size, where that is known; else it is found out by pickling.
    schema : Schema, optional
        What it takes, where there are no rows to see that from.
    step : int
        How often it was fitted in this run before.
    """
    if _exceeds(model, MAX_BYTES) if size_bytes is None else size_bytes > MAX_BYTES:
        if not SWITCHES.is_silent(options):
            print(  # noqa: T201 - the user would look for the model in vain
                f"jupyter_tracker: {type(model).__name__} was not kept: its file would be larger than "
                f"{MAX_BYTES >> 20} MB. tracker.{framework}.log_model(model) keeps it all the same."
            )
        return
    flavor: Any = importlib.import_module(f"jupyter_tracker.flavors.{framework}")
    # A search without `refit` has nothing to predict with, and an example could say nothing of what comes out.
    predicts = hasattr(model, "predict") or hasattr(model, "forward")
    wants_example = (options.log_input_examples or options.log_model_signatures) and predicts
    example = _example(features) if wants_example else None
    example = example if _is_usable(example) else None  # the model itself is worth keeping all the same
    more: dict[str, Any] = {}
    if not options.log_model_signatures:
        more["signature"] = False
    elif not options.log_input_examples and example is not None:
        from jupyter_tracker.flavors.saving import signature_of

        more["signature"] = signature_of(example, lambda: flavor.predictor_of(model, {}))
    elif example is None and schema is not None:
        more["signature"] = ModelSignature(schema)
    if options.log_input_examples and example is not None:
        more["input_example"] = example
    if options.serialization_format and framework == "sklearn":
        more["serialization_format"] = options.serialization_format
    if options.registered_model_name and name == "model":
        more["registered_model_name"] = options.registered_model_name
    flavor.log_model(model, name, run_id=ref.run_id, step=step, **more)


def _example(features: Any) -> Any:
    """Return the first rows of a table or an array; None for anything else."""
    module = type(features).__module__.partition(".")[0]
    if module in {"pandas", "polars"} and hasattr(features, "head"):
        return features.head(_ROWS)
    if module == "numpy" and getattr(features, "ndim", 0) >= 1 and features.dtype.kind in "biufUS":
        return features[:_ROWS]
    if isinstance(features, list) and features:
        return features[:_ROWS]
    if isinstance(features, dict) and features:
        rows = {key: _example(value) for key, value in features.items()}
        return rows if all(each is not None for each in rows.values()) else None
    return None


def _is_usable(example: Any) -> bool:
    """Tell whether an example has a signature, and a form in JSON: durations, for one, have none."""
    try:
        input_example.Example.of(example).text()
        inference.infer_signature(example)
    except TrackerError:
        return False
    return True


class _TooLarge(Exception):  # noqa: N818 - never leaves this module
    pass


class _Counter:
    """A file that counts, and gives up."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self._left -= size
        if self._left < 0:
            raise _TooLarge
        return size


def _exceeds(model: Any, limit: int) -> bool:
    """Tell whether a model's pickle is longer than `limit` bytes; what cannot be pickled is for its flavor to judge."""
    try:
        pickle.Pickler(_Counter(limit), 5).dump(model)
    except _TooLarge:
        return True
    except (pickle.PicklingError, AttributeError, TypeError):  # a notebook's own class, a lambda
        return False
    return False
