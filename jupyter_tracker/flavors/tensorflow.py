"""Models of TensorFlow: Keras models as the flavor `keras` keeps them, and SavedModels of plain TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import keras as keras_flavor
from jupyter_tracker.flavors import logging, saving
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written, base_names
from jupyter_tracker.mlmodel.mlmodel import PYFUNC

NAME = "tensorflow"
LOADER = "mlflow.tensorflow"
_DATA = "data"
_SAVED_MODEL = "tf2model"


@offers(SaveOptions)
def save_model(model: Any, path: str | os.PathLike[str], **options: Unpack[SaveOptions]) -> None:
    """Write a model of TensorFlow to a folder in the MLmodel format; see `log_model` for the parameters."""
    saving.save(path, lambda folder: write(model, folder), lambda: predictor_of(model, {}), options)


@offers(LogOptions)
def log_model(model: Any, artifact_path: str | None = None, **options: Unpack[LogOptions]) -> ModelInfo:
    """Log a model of TensorFlow to the active run, and return what is known about it.

    Parameters
    ----------
    model : keras.Model or tensorflow.Module
        A Keras model is kept as `keras.log_model` does it, another module as a SavedModel.
    artifact_path : str, optional
        As `name`.
    {options}
    """
    return logging.log(lambda folder: write(model, folder), lambda: predictor_of(model, {}), artifact_path, options)


def load_model(
    model_uri: str,
    dst_path: str | os.PathLike[str] | None = None,
    saved_model_kwargs: Mapping[str, Any] | None = None,
    keras_model_kwargs: Mapping[str, Any] | None = None,
    *,
    trust: bool = False,
) -> Any:
    """Return a model of TensorFlow as it was saved.

    Parameters
    ----------
    model_uri : str
        As for `sklearn.load_model`.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    saved_model_kwargs, keras_model_kwargs : mapping, optional
        For the loading function of TensorFlow, or of Keras.
    trust : bool
        Load it even if that may run code which you have not saved yourself.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    UntrustedModelError
        It is a SavedModel, whose graph may write files, or has a Lambda layer, and is not on your list.
    """
    folder = ModelFolder.opened(model_uri, dst_path, trusted=trust)
    return load(folder, saved_model_kwargs=saved_model_kwargs, load_model_kwargs=keras_model_kwargs)


def is_model(model: Any) -> bool:
    """See `registry.Flavor`."""
    return "tensorflow.python.module.module.Module" in base_names(model) or keras_flavor.is_model(model)


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    if keras_flavor.is_model(model):
        return keras_flavor.write(model, folder, **options)
    if not is_model(model):
        raise InvalidParameterError(f"Model must be a keras.Model or a tf.Module, not {type(model).__name__}.")
    import tensorflow as tf

    tf.saved_model.save(model, str(folder / _SAVED_MODEL))
    block = {"saved_model_dir": _SAVED_MODEL, "model_type": "tf2-module"}
    return Written({PYFUNC: {"loader_module": LOADER}, NAME: block}, {"tensorflow", "numpy"})


def load(folder: ModelFolder, **options: Any) -> Any:
    """See `registry.Flavor`."""
    block = folder.model.flavors.get(NAME, {})
    if "saved_model_dir" not in block:
        return keras_flavor.load(folder, **options)
    folder = folder.trusted(["a SavedModel, whose graph may read and write files"]).with_code()
    import tensorflow as tf

    return tf.saved_model.load(str(folder.file(block["saved_model_dir"])), **(options.get("saved_model_kwargs") or {}))


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    return predictor_of(load(folder), config)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    if keras_flavor.is_model(model):
        return keras_flavor.predictor_of(model, config)

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        import tensorflow as tf

        given = tf.convert_to_tensor(data.to_numpy() if hasattr(data, "to_numpy") else data)
        found = model(given, **(params or {}))
        return found.numpy() if hasattr(found, "numpy") else found

    return predict
