"""Models of XGBoost: boosters, and the classes of its scikit-learn API."""

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

NAME = "xgboost"
LOADER = "mlflow.xgboost"
FORMATS = ("ubj", "json")
_BASES = {"xgboost.core.Booster", "xgboost.sklearn.XGBModel"}


@offers(SaveOptions)
def save_model(
    xgb_model: Any, path: str | os.PathLike[str], *, model_format: str = "ubj", **options: Unpack[SaveOptions]
) -> None:
    """Write an XGBoost model to a folder in the MLmodel format; see `log_model` for the parameters."""
    saving.save(path, lambda folder: write(xgb_model, folder, model_format=model_format),
                lambda: predictor_of(xgb_model, {}), options)  # fmt: skip


@offers(LogOptions)
def log_model(
    xgb_model: Any, artifact_path: str | None = None, *, model_format: str = "ubj", **options: Unpack[LogOptions]
) -> ModelInfo:
    """Log an XGBoost model to the active run, and return what is known about it.

    Parameters
    ----------
    xgb_model : xgboost.Booster or xgboost.XGBModel
        What was trained, by the native or the scikit-learn API.
    artifact_path : str, optional
        As `name`.
    model_format : str
        ``ubj`` or ``json``, XGBoost's own formats: no pickle is needed to load them.
    {options}
    """
    return logging.log(lambda folder: write(xgb_model, folder, model_format=model_format),
                       lambda: predictor_of(xgb_model, {}), artifact_path, options)  # fmt: skip


def load_model(model_uri: str, dst_path: str | os.PathLike[str] | None = None, *, trust: bool = False) -> Any:
    """Return an XGBoost model as it was saved: a Booster, or a class of the scikit-learn API.

    Parameters
    ----------
    model_uri : str
        As for `sklearn.load_model`.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    trust : bool
        Load it even if that may run code which you have not saved yourself.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    """
    return load(ModelFolder.opened(model_uri, dst_path, trusted=trust))


def is_model(model: Any) -> bool:
    """See `registry.Flavor`."""
    return bool(_BASES & base_names(model))


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    import xgboost

    kind = options.get("model_format") or "ubj"
    if not is_model(model):
        raise InvalidParameterError(f"Model must be a Booster or an XGBModel, not {type(model).__name__}.")
    if kind not in FORMATS:
        raise InvalidParameterError(f"model_format {kind!r} is not one of {', '.join(FORMATS)}.")
    name = f"model.{kind}"
    model.save_model(folder / name)
    block = {
        "data": name,
        "model_class": f"{type(model).__module__}.{type(model).__name__}",
        "model_format": kind,
        "xgb_version": xgboost.__version__,
    }
    modules = {"xgboost", "numpy"} | ({"sklearn"} if block["model_class"].startswith("xgboost.sklearn") else set())
    return Written({PYFUNC: {"loader_module": LOADER, "data": name}, NAME: block}, modules)


def load(folder: ModelFolder, **_options: Any) -> Any:
    """See `registry.Flavor`."""
    import xgboost

    folder = folder.with_code()
    block = folder.native_block(NAME, LOADER)
    name = str(block.get("model_class") or "xgboost.core.Booster")
    kind = getattr(xgboost, name.rpartition(".")[2], None)
    if not name.startswith("xgboost.") or not isinstance(kind, type):
        raise InvalidStateError(f"The model at {folder.uri} is of the class {name!r}, which XGBoost does not have.")
    model = kind()
    try:
        model.load_model(bytearray(folder.read(block.get("data"))))
    except xgboost.core.XGBoostError as error:
        raise InvalidStateError(
            f"XGBoost cannot read the model at {folder.uri}: {str(error).splitlines()[0]}"
        ) from error
    return model


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    return predictor_of(load(folder), config)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    del config
    import xgboost

    is_booster = isinstance(model, xgboost.Booster)

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return model.predict(xgboost.DMatrix(data) if is_booster else data, **(params or {}))

    return predict
