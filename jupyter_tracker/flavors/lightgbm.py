"""Models of LightGBM: boosters, and the classes of its scikit-learn API."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import estimators, logging, saving
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written, base_names
from jupyter_tracker.mlmodel.mlmodel import PYFUNC

NAME = "lightgbm"
LOADER = "mlflow.lightgbm"
_BOOSTER = "lightgbm.basic.Booster"
_FILE = "model.lgb"


@offers(SaveOptions)
def save_model(
    lgb_model: Any,
    path: str | os.PathLike[str],
    *,
    serialization_format: str | None = None,
    skops_trusted_types: Any = None,
    **options: Unpack[SaveOptions],
) -> None:
    """Write a LightGBM model to a folder in the MLmodel format; see `log_model` for the parameters."""
    del skops_trusted_types
    saving.save(path, lambda folder: write(lgb_model, folder, serialization_format=serialization_format),
                lambda: predictor_of(lgb_model, {}), options)  # fmt: skip


@offers(LogOptions)
def log_model(
    lgb_model: Any,
    artifact_path: str | None = None,
    *,
    serialization_format: str | None = None,
    skops_trusted_types: Any = None,
    **options: Unpack[LogOptions],
) -> ModelInfo:
    """Log a LightGBM model to the active run, and return what is known about it.

    Parameters
    ----------
    lgb_model : lightgbm.Booster or lightgbm.LGBMModel
        A Booster is kept in LightGBM's own text format, a class of the scikit-learn API as skops.
    artifact_path : str, optional
        As `name`.
    serialization_format : str, optional
        Of the scikit-learn API: ``skops``, ``cloudpickle`` or ``pickle``; as for `sklearn.log_model`.
    skops_trusted_types : list of str, optional
        Accepted for MLflow's sake: what others must trust to load it is written down by itself.
    {options}
    """
    del skops_trusted_types
    return logging.log(lambda folder: write(lgb_model, folder, serialization_format=serialization_format),
                       lambda: predictor_of(lgb_model, {}), artifact_path, options)  # fmt: skip


def load_model(model_uri: str, dst_path: str | os.PathLike[str] | None = None, *, trust: bool = False) -> Any:
    """Return a LightGBM model as it was saved: a Booster, or a class of the scikit-learn API.

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
    UntrustedModelError
        It needs a pickle, and is not on your list of trusted models.
    """
    return load(ModelFolder.opened(model_uri, dst_path, trusted=trust))


def is_model(model: Any) -> bool:
    """See `registry.Flavor`."""
    return bool({_BOOSTER, "lightgbm.sklearn.LGBMModel"} & base_names(model))


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    import lightgbm

    if not is_model(model):
        raise InvalidParameterError(f"Model must be a Booster or an LGBMModel, not {type(model).__name__}.")
    modules = {"lightgbm", "numpy", "scipy"}
    if isinstance(model, lightgbm.Booster):
        model.save_model(folder / _FILE)
        file: dict[str, Any] = {"file": _FILE}
    else:
        file, found = estimators.write(model, folder, options.get("serialization_format"))
        modules |= {"sklearn", *found}
    name = file.pop("file")
    block = {
        "data": name,
        "model_class": f"{type(model).__module__}.{type(model).__name__}",
        "lgb_version": lightgbm.__version__,
        **file,
    }
    return Written({PYFUNC: {"loader_module": LOADER, "data": name}, NAME: block}, modules)


def load(folder: ModelFolder, **_options: Any) -> Any:
    """See `registry.Flavor`."""
    import lightgbm

    folder = folder.with_code()
    block = folder.native_block(NAME, LOADER)
    name = str(block.get("data"))
    if not name.endswith((".lgb", ".txt")):
        kind = None if name.endswith(".skops") else block.get("serialization_format")
        return estimators.read(folder, name, kind)
    try:
        return lightgbm.Booster(model_str=folder.read(name).decode("utf-8"))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise InvalidStateError(f"LightGBM cannot read the model at {folder.uri}: {error}") from error


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    return predictor_of(load(folder), config)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    del config

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return model.predict(data, **(params or {}))

    return predict
