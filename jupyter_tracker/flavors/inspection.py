"""Looking at models, and trying them: what is known, a prediction from a file, a check before serving."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceDoesNotExistError,
    UntrustedModelError,
)
from jupyter_tracker.flavors import pyfunc, saving, scoring, trust
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.logging import info_of
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.registry import flavor as registry_flavor
from jupyter_tracker.flavors.registry import flavor_of_loader
from jupyter_tracker.mlmodel import mlmodel
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.tracking import active


def get_model_info(model_uri: str) -> ModelInfo:
    """Return what is known about a model's files; nothing of it is loaded or run.

    Parameters
    ----------
    model_uri : str
        As for `pyfunc.load_model`.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LinearRegression
    >>> with tracker.start_run():
    ...     info = tracker.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0, 2]))
    >>> sorted(tracker.models.get_model_info(info.model_uri).flavors)
    ['python_function', 'sklearn']
    """
    folder = ModelFolder.opened(model_uri)
    logged = None
    if folder.model.model_id:
        try:
            logged = active.store(create=False).get_logged_model(folder.model.model_id)
        except ResourceDoesNotExistError:  # a folder from another store
            logged = None
    return info_of(folder.model, str(model_uri), logged)


def set_signature(model_uri: str, signature: ModelSignature) -> None:
    """Give a saved model a signature, or another one; it stays on your list of trusted models where it was on it.

    Raises
    ------
    InvalidParameterError
        This is no signature.
    """
    if not isinstance(signature, ModelSignature):
        raise InvalidParameterError(f"This is no ModelSignature: {type(signature).__name__}.")
    path = ModelFolder.opened(model_uri).path
    was_trusted = trust.is_remembered(trust.folder_digest(path))
    saving.write_mlmodel(path, signature=signature)
    if was_trusted:
        trust.remember(trust.folder_digest(path))


def predict(
    model_uri: str,
    input_data: Any = None,
    input_path: str | os.PathLike[str] | None = None,
    content_type: str = "json",
    output_path: str | os.PathLike[str] | None = None,
    env_manager: str | None = None,
    *,
    trust: bool = False,
) -> Any:
    """Return a model's predictions for data that is at hand or in a file, as they would be served.

    Parameters
    ----------
    model_uri : str
        As for `pyfunc.load_model`.
    input_data : optional
        Data, or JSON text in one of the forms of MLflow's scoring protocol.
    input_path : str, optional
        A file of such JSON, or of CSV.
    content_type : str
        ``json`` or ``csv``: what the text is.
    output_path : str, optional
        Where to write the predictions as JSON.
    env_manager : str, optional
        Accepted for MLflow's sake: the model runs in this process, with what is installed here.
    trust : bool
        As for `pyfunc.load_model`.

    Raises
    ------
    InvalidParameterError
        The data cannot be understood, or does not fit the model's signature.
    """
    del env_manager
    if (input_data is None) == (input_path is None):
        raise InvalidParameterError("Give either input_data or input_path.")
    model = pyfunc.load_model(model_uri, trust=trust)
    if input_path is not None:
        input_data = Path(input_path).read_text(encoding="utf-8")
    params = None
    if isinstance(input_data, str):
        input_data, params = scoring.read_input(input_data, content_type, model.metadata.signature)
    found = model.predict(input_data, params)
    if output_path is not None:
        Path(output_path).write_text(scoring.answer(found), encoding="utf-8")
    return found


def validate(model_uri: str, *, trust: bool = False) -> Any:
    """Load a model and let it predict its own input example the way a server would; return the predictions.

    Raises
    ------
    InvalidStateError
        It has no input example.
    """
    folder = ModelFolder.opened(model_uri)
    info: Mapping[str, Any] = folder.model.saved_input_example_info or {}
    name = info.get("serving_input_path")
    if not name:
        raise InvalidStateError(f"The model at {model_uri} has no input example: save it with input_example=….")
    return predict(model_uri, folder.read(name).decode("utf-8"), trust=trust)


def load_input_example(model_uri: str) -> Any:
    """Return a model's input example, as dictionaries and lists; None where it has none."""
    folder = ModelFolder.opened(model_uri)
    info = folder.model.saved_input_example_info
    return None if not info else json.loads(folder.read(info["artifact_path"]))


def needs_of(model_uri: str) -> tuple[str, ...]:
    """Return what loading a model would run that needs trust and has none; empty where it loads as it is."""
    folder = ModelFolder.opened(model_uri)
    folder.granted = False
    loader = folder.model.flavors.get(mlmodel.PYFUNC, {}).get("loader_module")
    names = [name for name in folder.model.flavors if name != mlmodel.PYFUNC]
    flavor = flavor_of_loader(str(loader)) or (registry_flavor(names[0]) if not loader and names else None)
    try:
        if flavor is None:
            folder.trusted([f"its own loader, the module {loader!r}"])
        else:
            flavor.load(folder)
    except UntrustedModelError as error:
        return error.types
    return ()


def trust_model(model_uri: str) -> str:
    """Put a model on your list of trusted models, and return its digest."""
    folder = ModelFolder.opened(model_uri)
    digest = trust.folder_digest(folder.path)
    trust.remember(digest)
    if not trust.is_remembered(digest):
        raise InvalidStateError("The list of trusted models in your data folder cannot be written.")
    return digest


__all__ = ["get_model_info", "load_input_example", "mlmodel", "predict", "set_signature", "trust_model", "validate"]
