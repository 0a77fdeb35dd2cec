"""Models that predict without their framework being known: `load_model` of any, and models of the user's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import custom, enforcement, logging, saving
from jupyter_tracker.flavors.folder import ModelFolder, loader_of
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written, flavor_of_loader
from jupyter_tracker.mlmodel.mlmodel import PYFUNC, Model
from jupyter_tracker.mlmodel.signature import ModelSignature


class PyFuncModel:
    """A model that was loaded to predict, of whatever framework.

    Attributes
    ----------
    metadata : Model
        What its MLmodel file says.
    """

    def __init__(self, folder: ModelFolder, predict: Callable[..., Any]) -> None:
        self._folder = folder
        self._predict = predict
        self.metadata: Model = folder.model

    @property
    def model_id(self) -> str | None:
        """The logged model that it is."""
        return self.metadata.model_id

    @property
    def loader_module(self) -> str:
        """Who loads it."""
        return str(loader_of(self.metadata, self._folder.uri).get("loader_module"))

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Return predictions.

        Parameters
        ----------
        data : DataFrame, array, dictionary or list
            Where the model has a signature, it is brought into that form first: columns by name, in the model's
            order; others are dropped, whole numbers are widened.
        params : mapping, optional
            Params of this model's `predict`.

        Raises
        ------
        InvalidParameterError
            A column is missing, or values cannot be converted without loss; the message names it.
        """
        signature = self.metadata.signature
        data = self.enforced(data)
        if signature is not None:
            params = enforcement.enforced_params(params, signature.params)
        return self._predict(data, params)

    def enforced(self, data: Any) -> Any:
        """Return data as the model's signature wants it, as `predict` does first; as it is where there is none."""
        signature = self.metadata.signature
        if signature is None or signature.inputs is None:
            return data
        return enforcement.enforced(data, signature.inputs)

    def unwrap_python_model(self) -> Any:
        """Return the `PythonModel` inside, as it was saved; InvalidParameterError where it is none."""
        if flavor_of_loader(self.loader_module) is not custom:
            raise InvalidParameterError(f"This model is no PythonModel; {self.loader_module} loads it.")
        return custom.load(self._folder)

    def get_raw_model(self) -> Any:
        """Return the model as its framework has it."""
        flavor = flavor_of_loader(self.loader_module)
        if flavor is None:
            raise InvalidParameterError(f"Only {self.loader_module} knows how to load this model.")
        return flavor.load(self._folder)

    def __repr__(self) -> str:
        signature = "no signature" if self.metadata.signature is None else repr(self.metadata.signature)
        return f"PyFuncModel of {self._folder.uri}, loaded by {self.loader_module}\n{signature}"


def load_model(
    model_uri: str,
    suppress_warnings: bool = False,
    dst_path: str | os.PathLike[str] | None = None,
    model_config: Mapping[str, Any] | str | None = None,
    *,
    trust: bool = False,
) -> PyFuncModel:
    """Return a model of whatever framework, ready to predict.

    Parameters
    ----------
    model_uri : str
        ``runs:/<run_id>/model``, ``models:/m-…``, ``models:/<name>/<version, stage or latest>``,
        ``models:/<name>@<alias>``, a path, or a URI of a folder.
    suppress_warnings : bool
        Accepted for MLflow's sake: there are none.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    model_config : mapping or str, optional
        Settings for the model, or a YAML file of them; they win over those that were saved.
    trust : bool
        Load it even if that may run code which you have not saved yourself.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    UntrustedModelError
        Loading it could run any code, and it is not on your list of trusted models.

    Examples
    --------
    >>> import pandas as pd
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LinearRegression
    >>> data = pd.DataFrame({"x": [0.0, 1.0]})
    >>> with tracker.start_run():
    ...     info = tracker.sklearn.log_model(LinearRegression().fit(data, [0, 2]), input_example=data)
    >>> model = tracker.pyfunc.load_model(info.model_uri)
    >>> model.predict(pd.DataFrame({"x": [2], "more": ["ignored"]})).round(6).tolist()
    [4.0]
    """
    del suppress_warnings
    folder = ModelFolder.opened(model_uri, dst_path, trusted=trust)
    config = custom.config_of(model_config)
    flavor = flavor_of_loader(str(loader_of(folder.model, folder.uri).get("loader_module")))
    predict = custom.foreign_predictor(folder) if flavor is None else flavor.predictor(folder, config)
    return PyFuncModel(folder, predict)


@offers(SaveOptions)
def save_model(
    path: str | os.PathLike[str],
    *,
    python_model: Any = None,
    artifacts: Mapping[str, Any] | None = None,
    model_config: Mapping[str, Any] | str | None = None,
    loader_module: str | None = None,
    data_path: str | os.PathLike[str] | None = None,
    streamable: bool | None = None,
    **options: Unpack[SaveOptions],
) -> None:
    """Write a model of your own to a folder in the MLmodel format; see `log_model` for the parameters."""
    own = {"artifacts": artifacts, "model_config": model_config, "streamable": streamable}
    write, predict = _writing(python_model, loader_module, data_path, own, options)
    saving.save(path, write, predict, options)


@offers(LogOptions)
def log_model(
    artifact_path: str | None = None,
    loader_module: str | None = None,
    data_path: str | os.PathLike[str] | None = None,
    *,
    python_model: Any = None,
    artifacts: Mapping[str, Any] | None = None,
    model_config: Mapping[str, Any] | str | None = None,
    streamable: bool | None = None,
    **options: Unpack[LogOptions],
) -> ModelInfo:
    """Log a model of your own to the active run, and return what is known about it.

    Parameters
    ----------
    artifact_path : str, optional
        As `name`.
    loader_module, data_path : str, optional
        Instead of `python_model`: a module (among `code_paths`) with ``_load_pyfunc(path)``, and what it loads.
    python_model : PythonModel, callable or str
        An object with ``predict(context, model_input, params=None)``, classes of the notebook included; a function
        of the input; or the path of a script that calls `models.set_model`.
    artifacts : mapping of str to str, optional
        Name → path or URI of files that the model needs. They are copied, and `context.artifacts` has their paths.
    model_config : mapping or str, optional
        Settings for `context.model_config`, or a YAML file of them.
    streamable : bool, optional
        It defines `predict_stream`.
    {options}

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     info = tracker.pyfunc.log_model("double", python_model=lambda model_input: [2 * n for n in model_input])
    >>> tracker.pyfunc.load_model(info.model_uri).predict([1, 2])
    [2, 4]
    """
    own = {"artifacts": artifacts, "model_config": model_config, "streamable": streamable}
    write, predict = _writing(python_model, loader_module, data_path, own, options)
    return logging.log(write, predict, artifact_path, options)


def _writing(
    python_model: Any,
    loader_module: str | None,
    data_path: str | os.PathLike[str] | None,
    own: Mapping[str, Any],
    options: Mapping[str, Any],
) -> tuple[Callable[[Path], Written], Callable[[], Callable[..., Any]] | None]:
    if (python_model is None) == (loader_module is None):
        raise InvalidParameterError(
            "Give either python_model (a PythonModel, a function or a script), or loader_module (a module that loads "
            "the model from data_path)."
        )
    if loader_module is not None:
        return lambda folder: _with_loader(loader_module, data_path, folder), None
    if isinstance(python_model, str | os.PathLike):
        return lambda folder: custom.write(python_model, folder, **own), None
    custom.as_python_model(python_model)  # what cannot be one is refused before anything is written
    _ = options
    return lambda folder: custom.write(python_model, folder, **own), lambda: custom.predictor_of(python_model, own)


def _with_loader(module: str, data_path: str | os.PathLike[str] | None, folder: Path) -> Written:
    block: dict[str, Any] = {"loader_module": module}
    if data_path is not None:
        source = Path(data_path)
        if not source.exists():
            raise InvalidParameterError(f"data_path {str(source)!r} does not exist.")
        target = folder / "data" / source.resolve().name
        target.parent.mkdir()
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        block["data"] = target.relative_to(folder).as_posix()
    return Written({PYFUNC: block}, {module})


def add_to_model(
    model: Model, loader_module: str, data: str | None = None, code: str | None = None, **more: Any
) -> Model:
    """Add the python_function flavor to what an MLmodel file says, and return it."""
    block = {"loader_module": loader_module, "data": data, "code": code, **more}
    model.flavors[PYFUNC] = {key: value for key, value in block.items() if value is not None}
    return model


__all__ = ["ModelSignature", "PyFuncModel", "add_to_model", "load_model", "log_model", "save_model"]
