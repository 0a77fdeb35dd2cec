"""The arguments that every `save_model` and every `log_model` has, said once.

The functions take them as `**options`; `offers` puts them back into the signature that `help` and the editor show.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypedDict, TypeVar

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.mlmodel.signature import ModelSignature

_P = ParamSpec("_P")
_R = TypeVar("_R")

_SAVE_TEXT = """
    signature : ModelSignature, optional
        What goes in and comes out; inferred from `input_example` where left out. False leaves it out.
    input_example : optional
        A few rows of input, kept beside the model; `(data, params)` with params of `predict`.
    pip_requirements, extra_pip_requirements : list of str or str, optional
        The packages it needs, instead of or beside those that were found; a str is a file of pip's.
    conda_env : dict or str, optional
        A conda environment, or its file.
    code_paths : list of str, optional
        Files and folders with modules of yours that the model imports.
    metadata : mapping, optional
        Anything you want to find in the MLmodel file."""
_LOG_TEXT = """
    name, artifact_path : str, optional
        What the model is called among the run's files; ``model`` where left out.
    registered_model_name : str, optional
        Make it the next version of this registered model, too.
    run_id : str, optional
        Another run than the active one.
    params, tags : mapping, optional
        Params and labels of the logged model.
    model_type : str, optional
        Whatever you call the kind of model.
    step : int
        The step of training that it is of.
    model_id : str, optional
        A logged model that was created before, to write into."""


class SaveOptions(TypedDict, total=False):
    """What every `save_model` takes."""

    signature: ModelSignature | bool | None
    input_example: Any
    pip_requirements: Sequence[str] | str | None
    extra_pip_requirements: Sequence[str] | str | None
    conda_env: Any
    code_paths: Sequence[str | os.PathLike[str]] | None
    metadata: Mapping[str, Any] | None
    extra_files: Sequence[str | os.PathLike[str]] | None
    mlflow_model: Any


class LogOptions(SaveOptions, total=False):
    """What every `log_model` takes."""

    name: str | None
    registered_model_name: str | None
    await_registration_for: int | None
    run_id: str | None
    params: Mapping[str, Any] | None
    tags: Mapping[str, Any] | None
    model_type: str | None
    step: int
    model_id: str | None


def offers(kind: type) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Show the keys of a TypedDict in a function's signature and docstring, in the place of its `**options`."""

    def shown(function: Callable[_P, _R]) -> Callable[_P, _R]:
        own = inspect.signature(function)
        given = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
        # Evaluated lazily: the names are enough, and importing types for them is not worth it.
        names = [name for name in _keys(kind) if name not in own.parameters]
        more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name)) for name in names]
        function.__signature__ = own.replace(parameters=[*given, *more])  # type: ignore[attr-defined]
        texts = _SAVE_TEXT + (_LOG_TEXT if kind is LogOptions else "")
        function.__doc__ = (function.__doc__ or "").replace("\n    {options}", texts)
        return function

    return shown


def check(options: Mapping[str, Any], kind: type, function: str) -> None:
    """Refuse an argument that nobody knows; TypeError, as Python itself would say."""
    unknown = sorted(set(options) - set(_keys(kind)))
    if unknown:
        raise TypeError(f"{function}() got an unexpected keyword argument {unknown[0]!r}")
    metadata = options.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InvalidParameterError(f"metadata must be a dictionary, not {type(metadata).__name__}.")


_DEFAULTS: dict[str, Any] = {"step": 0}


def _keys(kind: type) -> list[str]:
    return list(kind.__annotations__)
