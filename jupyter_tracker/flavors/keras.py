"""Models of Keras 3, whatever its backend, as ``.keras`` files; and those that MLflow's TensorFlow flavor wrote so."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import logging, saving
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written, base_names
from jupyter_tracker.mlmodel.mlmodel import PYFUNC

NAME = "keras"
LOADER = "mlflow.keras"
_DATA = "data"
_FILE = "model.keras"
_MODULE_FILE = "keras_module.txt"
_BASES = {"keras.src.models.model.Model", "keras.models.model.Model"}


@offers(SaveOptions)
def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    save_exported_model: bool = False,
    save_model_kwargs: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    **options: Unpack[SaveOptions],
) -> None:
    """Write a Keras model to a folder in the MLmodel format; see `log_model` for the parameters."""
    del save_exported_model, custom_objects
    own = {"save_model_kwargs": save_model_kwargs}
    saving.save(path, lambda folder: write(model, folder, **own), lambda: predictor_of(model, {}), options)


@offers(LogOptions)
def log_model(
    model: Any,
    artifact_path: str | None = None,
    *,
    save_exported_model: bool = False,
    save_model_kwargs: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    **options: Unpack[LogOptions],
) -> ModelInfo:
    """Log a Keras model to the active run, and return what is known about it.

    Parameters
    ----------
    model : keras.Model
        The model, compiled or not; it is kept as a ``.keras`` file.
    artifact_path : str, optional
        As `name`.
    save_model_kwargs : mapping, optional
        For Keras's own saving function.
    save_exported_model, custom_objects : optional
        Accepted for MLflow's sake. Give custom classes to `load_model`, or register them with Keras.
    {options}
    """
    del save_exported_model, custom_objects
    own = {"save_model_kwargs": save_model_kwargs}
    return logging.log(
        lambda folder: write(model, folder, **own), lambda: predictor_of(model, {}), artifact_path, options
    )


def load_model(
    model_uri: str,
    dst_path: str | os.PathLike[str] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    load_model_kwargs: Mapping[str, Any] | None = None,
    *,
    trust: bool = False,
) -> Any:
    """Return a Keras model as it was saved.

    Parameters
    ----------
    model_uri : str
        As for `sklearn.load_model`.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    custom_objects : mapping, optional
        Name → class or function of your own.
    load_model_kwargs : mapping, optional
        For Keras's own loading function.
    trust : bool
        Load it even if that may run code which you have not saved yourself.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    UntrustedModelError
        It has a Lambda layer, which is code, and is not on your list of trusted models.
    """
    own = {"custom_objects": custom_objects, "load_model_kwargs": load_model_kwargs}
    return load(ModelFolder.opened(model_uri, dst_path, trusted=trust), **own)


def is_model(model: Any) -> bool:
    """See `registry.Flavor`."""
    return bool(_BASES & base_names(model))


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    import keras

    if not is_model(model):
        raise InvalidParameterError(f"Model must be a keras.Model, not {type(model).__name__}.")
    (folder / _DATA).mkdir()
    keras.saving.save_model(model, folder / _DATA / _FILE, **(options.get("save_model_kwargs") or {}))
    (folder / _DATA / _MODULE_FILE).write_text("keras", encoding="utf-8")
    backend = keras.backend.backend()
    block = {
        "data": _DATA,
        "keras_backend": backend,
        "keras_version": keras.__version__,
        "save_exported_model": False,
        # For `mlflow.tensorflow.load_model`, which takes the file for HDF5 otherwise.
        "save_format": "tf",
    }
    return Written({PYFUNC: {"loader_module": LOADER}, NAME: block}, {"keras", "numpy", backend})


def load(folder: ModelFolder, **options: Any) -> Any:
    """See `registry.Flavor`."""
    import keras

    folder = folder.with_code()
    path = _file(folder)
    own = {"custom_objects": options.get("custom_objects"), **(options.get("load_model_kwargs") or {})}
    if not folder.granted and not folder.is_copy:
        try:
            return keras.saving.load_model(path, safe_mode=True, **own)
        except (ValueError, TypeError) as error:
            # Keras refuses lambdas by these two kinds of errors, and says "safe" in the text only.
            if "safe" not in str(error).lower() and "lambda" not in str(error).lower():
                raise InvalidStateError(f"Keras cannot read the model at {folder.uri}: {error}") from error
        folder = folder.trusted(["a Lambda layer, which is code"])
        path = _file(folder)
    try:
        return keras.saving.load_model(path, safe_mode=False, **own)
    except (ValueError, TypeError) as error:
        raise InvalidStateError(f"Keras cannot read the model at {folder.uri}: {error}") from error


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    return predictor_of(load(folder), config)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    del config

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        index = getattr(data, "index", None) if hasattr(data, "columns") else None
        given = data.to_numpy() if index is not None else data
        found = model.predict(given, **{"verbose": 0, **(params or {})})
        if index is None or not hasattr(found, "shape"):
            return found
        import pandas as pd

        return pd.DataFrame(found, index=index)

    return predict


def _file(folder: ModelFolder) -> Path:
    """Return the ``.keras`` file; models of other formats are named in the error."""
    flavors = folder.model.flavors
    block = flavors.get(NAME) or flavors.get("tensorflow") or folder.native_block(NAME, LOADER)
    data = str(block.get("data", _DATA))
    for name in (f"{data}/{_FILE}", data):
        if name.endswith(".keras") and (folder.path / name).is_file():
            return folder.file(name)
    old = folder.path / data / "model.h5"
    if old.is_file():
        return folder.file(f"{data}/model.h5")
    raise InvalidStateError(
        f"The model at {folder.uri} has no .keras file in {data}/: it was saved in another format of TensorFlow's; "
        "tensorflow.load_model reads it."
    )
