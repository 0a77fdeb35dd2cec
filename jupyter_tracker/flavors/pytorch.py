"""Models of PyTorch: modules, as MLflow's pickle layout has them, and as an exported program beside.

The pickle gives back the same `nn.Module`. The exported program needs no classes of the user's; it is made where an
input example says what goes in.
"""

from __future__ import annotations

import importlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError
from jupyter_tracker.flavors import logging, pickles, saving
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written, base_names
from jupyter_tracker.mlmodel.input_example import Example
from jupyter_tracker.mlmodel.mlmodel import PYFUNC

NAME = "pytorch"
LOADER = "mlflow.pytorch"
_DATA = "data"
_PICKLED = "model.pth"
_EXPORTED = "model.pt2"
_PROGRAM_FOLDER = "exported_program"
# Who unpickles it, for MLflow; here its own module does that.
_PICKLE_MODULE = "mlflow.pytorch.pickle_module"


@offers(SaveOptions)
def save_model(
    pytorch_model: Any,
    path: str | os.PathLike[str],
    *,
    serialization_format: str | None = None,
    pickle_module: Any = None,
    export_model: bool = False,
    **options: Unpack[SaveOptions],
) -> None:
    """Write a PyTorch model to a folder in the MLmodel format; see `log_model` for the parameters."""
    del pickle_module, export_model
    own = {"serialization_format": serialization_format, "input_example": options.get("input_example")}
    saving.save(
        path, lambda folder: write(pytorch_model, folder, **own), lambda: predictor_of(pytorch_model, {}), options
    )


@offers(LogOptions)
def log_model(
    pytorch_model: Any,
    artifact_path: str | None = None,
    *,
    serialization_format: str | None = None,
    pickle_module: Any = None,
    export_model: bool = False,
    **options: Unpack[LogOptions],
) -> ModelInfo:
    """Log a PyTorch model to the active run, and return what is known about it.

    Parameters
    ----------
    pytorch_model : torch.nn.Module
        The module, classes of the notebook included. An input example is not needed; with one, an exported program
        is kept beside.
    artifact_path : str, optional
        As `name`.
    serialization_format : str, optional
        ``pickle``, or ``pt2`` for the exported program alone, which needs an input example.
    pickle_module, export_model : optional
        Accepted for MLflow's sake.
    {options}
    """
    del pickle_module, export_model
    own = {"serialization_format": serialization_format, "input_example": options.get("input_example")}
    return logging.log(lambda folder: write(pytorch_model, folder, **own),
                       lambda: predictor_of(pytorch_model, {}), artifact_path, options)  # fmt: skip


def load_model(
    model_uri: str,
    dst_path: str | os.PathLike[str] | None = None,
    *,
    trust: bool = False,
    map_location: Any = None,
    **_more: Any,
) -> Any:
    """Return a PyTorch model as it was saved, on the device where it was, or on the CPU where that is not there.

    Parameters
    ----------
    model_uri : str
        As for `sklearn.load_model`.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    trust : bool
        Load it even if that may run code which you have not saved yourself.
    map_location : optional
        As for `torch.load`.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    UntrustedModelError
        It is not on your list of trusted models: PyTorch's format is a pickle.
    """
    return load(ModelFolder.opened(model_uri, dst_path, trusted=trust), map_location=map_location)


def is_model(model: Any) -> bool:
    """See `registry.Flavor`."""
    return "torch.nn.modules.module.Module" in base_names(model)


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    import torch

    if not is_model(model):
        raise InvalidParameterError(f"Model must be a torch.nn.Module, not {type(model).__name__}.")
    kind = options.get("serialization_format") or "pickle"
    if kind not in {"pickle", "pt2"}:
        raise InvalidParameterError(f"serialization_format {kind!r} is not one of pickle, pt2.")
    program = _exported(model, options.get("input_example"), required=kind == "pt2")
    data = folder / _DATA
    data.mkdir()
    block: dict[str, Any] = {"model_data": _DATA, "pytorch_version": torch.__version__}
    modules = {"torch", "numpy"}
    if kind == "pt2":
        (data / _EXPORTED).write_bytes(program or b"")
    else:
        content = _pickled(model)
        (data / _PICKLED).write_bytes(content)
        (data / "pickle_module_info.txt").write_text(_PICKLE_MODULE, encoding="utf-8")
        modules |= {"cloudpickle", *pickles.modules_in(content)}
        if program is not None:
            (folder / _PROGRAM_FOLDER).mkdir()
            (folder / _PROGRAM_FOLDER / _EXPORTED).write_bytes(program)
            block["exported_program"] = f"{_PROGRAM_FOLDER}/{_EXPORTED}"
    pyfunc = {
        "loader_module": LOADER,
        "data": _DATA,
        "pickle_module_name": _PICKLE_MODULE,
        "config": {"device": None},
    }
    return Written({PYFUNC: pyfunc, NAME: block}, modules)


def load(folder: ModelFolder, **options: Any) -> Any:
    """See `registry.Flavor`."""
    import torch

    place = _place(folder)
    exported = (folder.path / place / _EXPORTED).exists()
    name = f"{place}/{_EXPORTED if exported else _PICKLED}"
    content = folder.read(name)
    # The exported program holds pickles, too; so does TorchScript, and code.
    folder = folder.trusted(pickles.names_in(content) or ["a program of PyTorch"]).with_code()
    content = folder.read(name)
    where = options.get("map_location")
    if where is None and not torch.cuda.is_available():
        where = "cpu"
    scripts: Any = torch.jit  # not typed
    if exported:
        return torch.export.load(io.BytesIO(content)).module()
    try:
        if _is_script(content):
            return scripts.load(io.BytesIO(content), map_location=where)
        return torch.load(io.BytesIO(content), map_location=where, weights_only=False)
    except (AttributeError, ImportError) as error:
        raise InvalidStateError(
            f"The model at {folder.uri} needs what is not there: {error}. Define or install it, or save the model with "
            "code_paths."
        ) from error


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    return predictor_of(load(folder), config)


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`. `config`: `device`."""
    import torch

    device = config.get("device") or _device_of(model)

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        index = getattr(data, "index", None) if hasattr(data, "columns") else None
        with _evaluating(model), torch.no_grad():
            found = model(*_tensors(data, device), **(params or {}))
        if isinstance(found, tuple | list) and len(found) == 1:
            found = found[0]
        if not isinstance(found, torch.Tensor):
            return found
        array = found.detach().cpu().numpy()
        if index is None:
            return array
        import pandas as pd

        return pd.DataFrame(array, index=index)

    return predict


def _place(folder: ModelFolder) -> str:
    block = folder.native_block(NAME, LOADER)
    return str(block.get("model_data") or block.get("data") or _DATA)


def _pickled(model: Any) -> bytes:
    """Pickle with cloudpickle, which takes classes of the notebook along."""
    import torch

    content = io.BytesIO()
    if isinstance(model, torch.jit.ScriptModule):
        torch.jit.save(model, content)
    else:
        torch.save(model, content, pickle_module=importlib.import_module("cloudpickle"))
    return content.getvalue()


def _is_script(content: bytes) -> bool:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _exported(model: Any, example: Any, *, required: bool) -> bytes | None:
    """Return the exported program of a model, None where there is no example or it cannot be exported."""
    import torch

    if example is None or isinstance(model, torch.jit.ScriptModule):
        if required:
            raise InvalidParameterError("serialization_format='pt2' needs an input_example: it says what goes in.")
        return None
    try:
        inputs = _tensors(Example.of(example).data, _device_of(model))
        with _evaluating(model):
            program = _export(model, inputs)
        content = io.BytesIO()
        torch.export.save(program, content)
    except Exception as error:
        # Control flow that depends on data, a layer without a kernel: there are many reasons, and the pickle stays.
        if required:
            raise InvalidParameterError(f"PyTorch cannot export this {type(model).__name__}: {error}") from error
        return None
    return content.getvalue()


def _export(model: Any, inputs: tuple[Any, ...]) -> Any:
    import torch

    # The number of rows is open, where the model allows that.
    shapes = tuple({0: torch.export.Dim.AUTO} if each.ndim and each.shape[0] > 1 else None for each in inputs)
    return torch.export.export(model, inputs, dynamic_shapes=shapes, strict=False)


def _tensors(data: Any, device: Any) -> tuple[Any, ...]:
    """Return what a model's `forward` takes: one tensor, or one for each entry of a dictionary."""
    import numpy as np
    import torch

    if isinstance(data, torch.Tensor):
        return (data.to(device),)
    if isinstance(data, Mapping):
        return tuple(torch.as_tensor(np.asarray(value)).to(device) for value in data.values())
    if hasattr(data, "columns"):
        array = np.ascontiguousarray(data.to_numpy(dtype="float32"))
    else:
        array = np.ascontiguousarray(data)
    if array.dtype == np.float64 and not hasattr(data, "dtype"):
        array = array.astype("float32")
    # A view of a DataFrame may not be written to, which torch warns of.
    return (torch.from_numpy(array if array.flags.writeable else array.copy()).to(device),)


def _device_of(model: Any) -> Any:
    parameter = next(iter(model.parameters()), None)
    return "cpu" if parameter is None else parameter.device


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Switch drop-out and the like off for a while; each part gets its own state back."""
    states = [(each, each.training) for each in model.modules()]
    try:
        for each, _ in states:
            each.training = False
        yield
    finally:
        for each, was_training in states:
            each.training = was_training
