"""Models of the user's own: a `PythonModel`, a function, a script, or a module that loads one."""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import context, pickles, requirements
from jupyter_tracker.flavors.context import FunctionModel, PythonModel, PythonModelContext, TypeHints
from jupyter_tracker.flavors.folder import ModelFolder, loader_of
from jupyter_tracker.flavors.registry import Written
from jupyter_tracker.mlmodel.mlmodel import PYFUNC
from jupyter_tracker.tracking.artifact_reading import download_artifacts

NAME = "custom"
LOADER = "mlflow.pyfunc.model"
CODE_LOADER = "mlflow.pyfunc.loaders.code_model"
_FILE = "python_model.pkl"
_LOOKED_INTO_BYTES = 64 << 20


# MLflow's classes that its models are made of, and ours that do the same: MLflow need not be installed.
_STAND_INS: dict[tuple[str, str], Any] = {
    ("mlflow.pyfunc.model", "PythonModel"): PythonModel,
    ("mlflow.pyfunc.model", "PythonModelContext"): PythonModelContext,
    ("mlflow.pyfunc.model", "_FunctionPythonModel"): FunctionModel,
    ("mlflow.models.signature", "_TypeHints"): TypeHints,
}


class _ScriptModel:
    """The model that the script being run has named with `models.set_model`."""

    model: Any = None


def set_model(model: Any) -> None:
    """Name the model that this script defines; for scripts that are given as `python_model`."""
    _ScriptModel.model = model


def is_model(model: Any) -> bool:
    """Tell whether this is a `PythonModel`, ours or MLflow's, or a function."""
    if isinstance(model, PythonModel):
        return True
    if any(each.__name__ == "PythonModel" for each in type(model).__mro__):
        return True
    return callable(model) and not isinstance(model, type) and hasattr(model, "__code__")


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`. `options`: `artifacts`, `model_config`."""
    block: dict[str, Any] = {"streamable": bool(options.get("streamable"))}
    if options.get("model_config") is not None:
        block["config"] = config_of(options["model_config"])
    if options.get("artifacts"):
        block["artifacts"] = _copied_artifacts(options["artifacts"], folder)
    modules = _modules_of_artifacts(folder)
    if isinstance(model, str | os.PathLike):
        block["model_code_path"] = _script(Path(model), folder)
        return Written({PYFUNC: {"loader_module": CODE_LOADER, **block}}, modules)
    instance = as_python_model(model)
    cloudpickle = importlib.import_module("cloudpickle")
    data = _pickled(instance, cloudpickle)
    (folder / _FILE).write_bytes(data)
    block["python_model"] = _FILE
    block["cloudpickle_version"] = cloudpickle.__version__
    modules |= {"cloudpickle", *pickles.modules_in(data)}
    modules |= requirements.modules_of_code(getattr(instance, "func", instance))
    return Written({PYFUNC: {"loader_module": LOADER, **block}}, modules)


def as_python_model(model: Any) -> Any:
    """Return a model of one's own as an object with `predict`; InvalidParameterError where it cannot be one."""
    if isinstance(model, type):
        raise InvalidParameterError(
            f"python_model must be an object, not the class {model.__name__}: write {model.__name__}(…)."
        )
    if callable(getattr(model, "predict", None)):
        if isinstance(model, PythonModel) and type(model).predict is PythonModel.predict:
            raise InvalidParameterError(f"{type(model).__name__} must define predict(self, context, model_input).")
        return model
    if callable(model):
        return FunctionModel(model)
    raise InvalidParameterError(
        f"python_model must be a PythonModel, a function or the path of a script, not {type(model).__name__}."
    )


def load(folder: ModelFolder, **options: Any) -> Any:
    """Return the object that predicts, its context loaded."""
    return _loaded(folder, options.get("config") or {})[0]


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    model, model_context = _loaded(folder, config)
    return _predict_with(model, model_context)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`. `config`: `artifacts` and `model_config`, as they were given to save."""
    instance = as_python_model(model)
    paths = {name: download_artifacts(str(uri)) for name, uri in (config.get("artifacts") or {}).items()}
    model_context = PythonModelContext(paths, config_of(config.get("model_config")))
    _prepare(instance, model_context)
    return _predict_with(instance, model_context)


def foreign_predictor(folder: ModelFolder) -> Callable[..., Any]:
    """Return the predictor of a model whose loader is a module of its own, or of somebody's."""
    block = loader_of(folder.model, folder.uri)
    name = str(block.get("loader_module"))
    folder = folder.trusted([f"its own loader, the module {name!r}"]).with_code()
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise InvalidStateError(f"The model at {folder.uri} is loaded by the module {name!r}: {error}.") from error
    data = block.get("data")
    model = module._load_pyfunc(str(folder.file(data) if data else folder.path))  # noqa: SLF001 - the format's name
    predict = _predict_with(model, None)
    predict.folder = folder  # type: ignore[attr-defined] # its files are there as long as it is
    return predict


def _loaded(folder: ModelFolder, config: Mapping[str, Any]) -> tuple[Any, PythonModelContext]:
    block = loader_of(folder.model, folder.uri)
    is_script = block.get("loader_module") == CODE_LOADER
    file = Path(str(block.get("model_code_path"))).name if is_script else block.get("python_model")
    needs = [f"the script {file}"] if is_script else pickles.names_in(folder.read(file))
    folder = folder.trusted(needs).with_code()
    block = loader_of(folder.model, folder.uri)
    artifacts = {name: str(folder.file(each["path"])) for name, each in (block.get("artifacts") or {}).items()}
    model_context = PythonModelContext(artifacts, {**config_of(block.get("config")), **config})
    model = _run_script(folder, str(file), model_context) if is_script else _unpickled(folder, file)
    _prepare(model, model_context)
    # Artifacts may be read at the first prediction only: the folder is there as long as the context is.
    object.__setattr__(model_context, "_folder", folder)
    return model, model_context


def _prepare(model: Any, model_context: PythonModelContext) -> None:
    if callable(getattr(model, "load_context", None)):
        model.load_context(context=model_context)


def _predict_with(model: Any, model_context: PythonModelContext | None) -> Callable[..., Any]:
    method = model.predict
    with_context = model_context is not None and context.takes_context(method)

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        arguments = (model_context, data) if with_context else (data,)
        return context.call(method, arguments, params)

    return predict


def _pickled(instance: Any, cloudpickle: Any) -> bytes:
    """Pickle a model with our base class inside, so that it loads where jupyter_tracker is not installed."""
    cloudpickle.register_pickle_by_value(context)
    try:
        data: bytes = cloudpickle.dumps(instance)
    except Exception as error:
        raise InvalidParameterError(
            f"This {type(instance).__name__} cannot be pickled: {error}. What cannot (files, connections, locks) is "
            "better opened in load_context."
        ) from error
    finally:
        cloudpickle.unregister_pickle_by_value(context)
    return data


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        stand_in = _STAND_INS.get((module, name))
        return super().find_class(module, name) if stand_in is None else stand_in


def _unpickled(folder: ModelFolder, file: Any) -> Any:
    try:
        return _Unpickler(io.BytesIO(folder.read(file))).load()
    except (ImportError, AttributeError) as error:
        raise InvalidStateError(
            f"The model at {folder.uri} needs what is not there: {error}. Install it, or save it with code_paths."
        ) from error


def _script(source: Path, folder: Path) -> str:
    if not source.is_file():
        raise InvalidParameterError(f"python_model names the script {str(source)!r}, which does not exist.")
    shutil.copyfile(source, folder / source.name)
    return source.name


def _run_script(folder: ModelFolder, file: str, model_context: PythonModelContext) -> Any:
    path = folder.file(file)
    name = f"jupyter_tracker_model_{folder.model.model_uuid}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InvalidStateError(f"The script {file} of the model at {folder.uri} cannot be run.")
    module = importlib.util.module_from_spec(spec)
    _ScriptModel.model = None
    # A data class, and whatever else asks for the names of its module, looks for it there.
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    model = _ScriptModel.model or getattr(sys.modules.get("mlflow.models.model"), "__mlflow_model__", None)
    if model is None:
        raise InvalidStateError(
            f"The script {file} of the model at {folder.uri} names no model: call models.set_model."
        )
    _ = model_context
    return as_python_model(model)


def _copied_artifacts(artifacts: Mapping[str, Any], folder: Path) -> dict[str, dict[str, str]]:
    if not isinstance(artifacts, Mapping):
        raise InvalidParameterError(f"artifacts must be a dictionary of paths, not {type(artifacts).__name__}.")
    found = {}
    taken: set[str] = set()
    for name, uri in artifacts.items():
        source = Path(download_artifacts(os.fspath(uri)))
        relative = f"artifacts/{source.name}"
        if relative in taken:
            relative = f"artifacts/{name}/{source.name}"
        taken.add(relative)
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        found[str(name)] = {"path": relative, "uri": os.fspath(uri)}
    return found


def _modules_of_artifacts(folder: Path) -> set[str]:
    """Return the modules that pickles among the artifacts import, such as those of joblib."""
    found: set[str] = set()
    for path in (folder / "artifacts").glob("**/*"):
        if path.suffix in {".joblib", ".pkl", ".pickle"} and path.stat().st_size <= _LOOKED_INTO_BYTES:
            found |= pickles.modules_in(path.read_bytes())
    return found


def config_of(given: Any) -> dict[str, Any]:
    """Return `model_config` from a dictionary or from a YAML file."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    from jupyter_tracker.mlmodel import text

    return dict(text.parse(Path(given).read_text(encoding="utf-8"), str(given)) or {})
