"""Objects written as skops where that can be, else with cloudpickle, and read back: scikit-learn's, LightGBM's."""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import pickles, skops_files
from jupyter_tracker.flavors.skops_import import skops_io

if TYPE_CHECKING:
    from jupyter_tracker.flavors.folder import ModelFolder

FORMATS = ("skops", "cloudpickle", "pickle")
_FILES = {"skops": "model.skops", "cloudpickle": "model.pkl", "pickle": "model.pkl"}


def write(model: Any, folder: Path, wanted: str | None) -> tuple[dict[str, Any], set[str]]:
    """Write ``model.skops`` or ``model.pkl``; return its options in the flavor's block, and what it imports.

    Raises
    ------
    InvalidParameterError
        `wanted` is no format, or skops was wanted and cannot write this model.
    """
    if wanted is not None and wanted not in FORMATS:
        raise InvalidParameterError(f"serialization_format {wanted!r} is not one of {', '.join(FORMATS)}.")
    as_skops = skops_files.dumps(model) if wanted in {None, "skops"} else None
    if as_skops is None and wanted == "skops":
        raise InvalidParameterError(
            f"skops cannot write this {type(model).__name__} (or is not installed). Leave serialization_format out: "
            "cloudpickle is used where skops cannot be."
        )
    options: dict[str, Any] = {}
    if as_skops is not None:
        kind, (data, untrusted) = "skops", as_skops
        options["skops_trusted_types"] = untrusted or None
        modules = {"skops", *skops_files.list_of_types(data)}
    else:
        kind = "pickle" if wanted == "pickle" else "cloudpickle"
        data = _pickled(model, kind)
        modules = {kind, *pickles.modules_in(data)}
    (folder / _FILES[kind]).write_bytes(data)
    return {"file": _FILES[kind], "serialization_format": kind, **options}, modules


def read(folder: ModelFolder, file: Any, kind: str | None) -> Any:
    """Return what a file of the model holds; UntrustedModelError where that needs trust and there is none."""
    data = folder.read(file)
    if kind == "skops" or (kind is None and str(file).endswith(".skops")):
        unknown = skops_files.unknown_types(data)
        if unknown:
            folder = folder.trusted(unknown)
            data = folder.read(file)
        if skops_io() is None:
            raise InvalidStateError(f"The model at {folder.uri} is a skops file: install skops to load it.")
        return skops_files.loads(data, unknown)
    return unpickled(folder, file)


def unpickled(folder: ModelFolder, file: Any) -> Any:
    """Return what a pickle of the model holds; UntrustedModelError where there is no trust."""
    folder = folder.trusted(pickles.names_in(folder.read(file)))
    return loads(folder.read(file), folder.uri)


def loads(data: bytes, uri: str) -> Any:
    """Return what trusted bytes hold: of pickle, cloudpickle or joblib. InvalidStateError says what is missing."""
    try:
        return pickle.loads(data)  # noqa: S301 - the folder is trusted
    except (ImportError, AttributeError) as error:
        raise InvalidStateError(
            f"The model at {uri} needs what is not there: {error}. Install it, or save the model with code_paths."
        ) from error


def _pickled(model: Any, kind: str) -> bytes:
    if kind == "pickle":
        return pickle.dumps(model)
    data: bytes = importlib.import_module("cloudpickle").dumps(model)
    return data
