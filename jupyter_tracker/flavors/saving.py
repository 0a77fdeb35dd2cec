"""A model's folder is written: the flavor's files, and what is the same for all of them beside."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_tracker._version import __version__
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError, TrackerError, warn_once
from jupyter_tracker.flavors import requirements, trust
from jupyter_tracker.flavors.options import SaveOptions, check
from jupyter_tracker.flavors.registry import Written
from jupyter_tracker.mlmodel import inference, input_example, mlmodel
from jupyter_tracker.mlmodel.mlmodel import PYFUNC, Model
from jupyter_tracker.mlmodel.signature import ModelSignature

CODE = "code"
# Modules that reading the MLmodel form of some data needs, beside what the flavor names.
_FOR_TABLES = "pandas"


def save(
    path: str | os.PathLike[str],
    write: Callable[[Path], Written],
    predict: Callable[[], Callable[..., Any]] | None,
    options: Mapping[str, Any],
) -> Model:
    """Write a model's folder and put it on the user's list of trusted models; return what its MLmodel file says.

    Parameters
    ----------
    path : str or os.PathLike
        The folder; made here.
    write : callable
        Writes the flavor's files.
    predict : callable or None
        Returns what predicts, for the signature's outputs; asked for only where an input example is given.
    options : mapping
        See `options.SaveOptions`.

    Raises
    ------
    ResourceAlreadyExistsError
        There is something at `path` already.
    """
    check(options, SaveOptions, "save_model")
    folder = Path(path).absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ResourceAlreadyExistsError(f"Path {str(path)!r} already exists and is not empty; choose another one.")
    folder.mkdir(parents=True, exist_ok=True)
    fill(folder, write, predict, options, given_model(options))
    model = write_mlmodel(folder)
    trust.remember(trust.folder_digest(folder))
    return model


def given_model(options: Mapping[str, Any]) -> Model:
    """Return the `mlflow_model` that was given, or a new one."""
    given = options.get("mlflow_model")
    return given if isinstance(given, Model) else Model()


def fill(
    folder: Path,
    write: Callable[[Path], Written],
    predict: Callable[[], Callable[..., Any]] | None,
    options: Mapping[str, Any],
    model: Model,
) -> None:
    """Write everything into an empty folder; the MLmodel file as far as it is known."""
    _copy_code(folder, options)
    written = write(folder)
    _copy_extra(folder, options, written)
    example = options.get("input_example")
    if example is not None:
        taken = input_example.Example.of(example)
        model.saved_input_example_info = taken.info()
        _text(folder / input_example.FILE, taken.text())
        _text(folder / input_example.SERVING_FILE, taken.serving_text())
    model.signature = _signature(options, predict) or model.signature
    if options.get("metadata") is not None:
        model.metadata = dict(options["metadata"])
    modules = set(written.modules)
    if model.signature is not None and model.signature.inputs and not model.signature.inputs.is_tensor_spec():
        modules.add(_FOR_TABLES)
    model.flavors = _finished(written.blocks, has_code=bool(options.get("code_paths")))
    _write_environment(folder, modules, options)
    model.jupyter_tracker_version = __version__
    model.model_size_bytes = sum((folder / name).stat().st_size for name in trust.relative_files(folder))
    _text(folder / mlmodel.FILE, model.to_yaml())


def write_mlmodel(folder: Path, **changes: Any) -> Model:
    """Change what the MLmodel file says, write it again and return it."""
    file = folder / mlmodel.FILE
    model = Model.from_yaml(file.read_bytes())
    for name, value in changes.items():
        setattr(model, name, value)
    if changes:
        _text(file, model.to_yaml())
    return model


def _finished(blocks: Mapping[str, Mapping[str, Any]], *, has_code: bool) -> dict[str, dict[str, Any]]:
    finished = {}
    for name, block in blocks.items():
        entries = dict(block)
        if name == PYFUNC:
            entries["env"] = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
            entries["python_version"] = platform.python_version()
        entries["code"] = CODE if has_code else None
        finished[name] = entries
    return finished


def _write_environment(folder: Path, modules: set[str], options: Mapping[str, Any]) -> None:
    given = options.get("pip_requirements")
    inferred = requirements.requirements_of(modules) if given is None else []
    lines, constraints = requirements.combined(inferred, given, options.get("extra_pip_requirements"))
    for name, text in requirements.environment_files(lines, constraints, options.get("conda_env")).items():
        _text(folder / name, text)


def _signature(options: Mapping[str, Any], predict: Callable[[], Callable[..., Any]] | None) -> ModelSignature | None:
    given = options.get("signature")
    if isinstance(given, ModelSignature):
        return given
    if given is not None and given is not False:
        raise InvalidParameterError(
            f"signature must be a ModelSignature, as models.infer_signature returns it, not {type(given).__name__}."
        )
    if given is False or options.get("input_example") is None:
        return None
    return signature_of(options["input_example"], predict)


def signature_of(given: Any, predict: Callable[[], Callable[..., Any]] | None) -> ModelSignature:
    """Return the signature of a model by an input example; without outputs where it predicts none that have a type."""
    example = input_example.Example.of(given)
    try:
        output = None if predict is None else predict()(example.data, example.params)
    except Exception as error:  # noqa: BLE001 - the user's model, asked for a prediction that nobody wanted
        warn_once(f"The model fails on its input example, so its signature has no outputs: {error!r}")
        output = None
    try:
        return inference.infer_signature(example.data, output, example.params)
    except TrackerError:
        return inference.infer_signature(example.data, None, example.params)


def _copy_code(folder: Path, options: Mapping[str, Any]) -> None:
    for each in options.get("code_paths") or ():
        _copy(Path(each), folder / CODE, "code_paths")


def _copy_extra(folder: Path, options: Mapping[str, Any], written: Written) -> None:
    paths = [Path(each) for each in options.get("extra_files") or ()]
    for each in paths:
        _copy(each, folder / "extra_files", "extra_files")
    if paths:
        for name, block in written.blocks.items():
            if name != PYFUNC:
                block["extra_files"] = [{"path": f"extra_files/{each.name}"} for each in paths]


def _copy(source: Path, target: Path, argument: str) -> None:
    if not source.exists():
        raise InvalidParameterError(f"{argument} names {str(source)!r}, which does not exist.")
    target.mkdir(exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, target / source.resolve().name, dirs_exist_ok=True, ignore=ignored)
    else:
        shutil.copyfile(source, target / source.name)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
