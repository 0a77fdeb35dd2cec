"""A model's folder, opened: found by its URI, its MLmodel file read, its bytes given out.

What needs trust asks for it with `ModelFolder.trusted`, and goes on with the folder that comes back: a private copy,
made while it was hashed, so that the bytes that were judged are the bytes that are loaded.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_tracker.artifact_store.base import safe_file_path, safe_path
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.flavors import trust
from jupyter_tracker.mlmodel import mlmodel
from jupyter_tracker.mlmodel.mlmodel import PYFUNC, Model
from jupyter_tracker.tracking.artifact_reading import download_artifacts

_PIECE_BYTES = 1 << 20
_MAX_MLMODEL_BYTES = 16 << 20
# Copies whose modules are on the import path stay until the process ends.
_kept: list[ModelFolder] = []


@dataclass(eq=False)
class ModelFolder:
    """A model's folder.

    Attributes
    ----------
    uri : str
        What the user called it.
    path : pathlib.Path
        Where its files are.
    model : Model
        What its MLmodel file says.
    granted : bool
        The caller, or the environment, trusts whatever is in it.
    is_copy : bool
        It is a private copy whose content is on the user's list.
    """

    uri: str
    path: Path
    model: Model
    granted: bool = False
    is_copy: bool = False
    _finalizer: Any = field(default=None, repr=False)

    @classmethod
    def opened(cls, uri: str | os.PathLike[str], dst_path: Any = None, *, trusted: bool = False) -> ModelFolder:
        """Return the folder at a URI, a copy of it below `dst_path` where that is given.

        Raises
        ------
        ResourceDoesNotExistError
            There is no such model.
        InvalidStateError
            What is there has no readable MLmodel file.
        """
        name = os.fspath(uri)
        local = Path(name)
        path = local if dst_path is None and local.is_dir() else Path(download_artifacts(name, dst_path=dst_path))
        return cls(name, path, read_mlmodel(path, name), trust.is_granted(trust=trusted))

    def block(self, flavor: str) -> dict[str, Any]:
        """Return the options of a flavor; InvalidParameterError where the model is not of it."""
        try:
            return self.model.flavors[flavor]
        except KeyError:
            there = ", ".join(sorted(self.model.flavors)) or "none"
            raise InvalidParameterError(
                f"The model at {self.uri} has no {flavor!r} flavor; its flavors are: {there}. "
                "pyfunc.load_model loads any model that has python_function."
            ) from None

    def native_block(self, flavor: str, loader: str) -> dict[str, Any]:
        """Return the options of a flavor, or of the python_function that `loader` loads; else as `block`."""
        pyfunc = self.model.flavors.get(PYFUNC, {})
        if flavor not in self.model.flavors and pyfunc.get("loader_module") == loader:
            return pyfunc
        return self.block(flavor)

    def file(self, name: Any) -> Path:
        """Return the path of a file or folder inside; InvalidStateError where it is missing or leads outside."""
        relative = safe_path(str(name or ""), what="file of a model")
        path = self.path / relative
        if not path.exists():
            raise InvalidStateError(f"The model at {self.uri} is damaged: it has no {relative!r}.")
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise InvalidStateError(f"The model at {self.uri} is refused: {relative!r} leads out of its folder.")
        return path

    def read(self, name: Any) -> bytes:
        """Return the bytes of a file inside."""
        path = self.file(safe_file_path(str(name or "")))
        if path.is_dir():
            raise InvalidStateError(f"The model at {self.uri} is damaged: {name!r} is a folder.")
        return path.read_bytes()

    def trusted(self, needs: Sequence[str]) -> ModelFolder:
        """Return a folder that may run code; UntrustedModelError, which lists what it `needs`, where it may not."""
        if self.granted or self.is_copy:
            return self
        copy, digest = _private_copy(self)
        if not trust.is_remembered(digest):
            copy.close()
            raise trust.refusal(self.uri, needs)
        return copy

    def with_code(self) -> ModelFolder:
        """Return the folder with the modules that came along on the import path; itself where there are none."""
        code = next((block["code"] for block in self.model.flavors.values() if block.get("code")), None)
        if code is None:
            return self
        place = self.file(code)
        modules = sorted(each.name for each in place.iterdir() if each.name != "__pycache__")
        folder = self.trusted([f"its own module {code}/{name}" for name in modules] or [f"modules in {code}/"])
        path = str(folder.file(code))
        _forget_modules(folder, folder.file(code))
        if path in sys.path:
            sys.path.remove(path)
        sys.path.insert(0, path)  # before those of other models
        if folder not in _kept:
            _kept.append(folder)
        return folder

    def close(self) -> None:
        """Remove a private copy."""
        if self._finalizer is not None:
            self._finalizer()


def read_mlmodel(path: Path, uri: str) -> Model:
    """Return what the MLmodel file of a folder says; see `ModelFolder.opened`."""
    file = path / mlmodel.FILE
    if not file.is_file():
        if not path.exists():
            raise ResourceDoesNotExistError(f"There is no model at {uri}.")
        raise InvalidStateError(f"{uri} is no model: there is no MLmodel file in {path}.")
    if file.stat().st_size > _MAX_MLMODEL_BYTES:
        raise InvalidStateError(f"The MLmodel file of {uri} is larger than any that makes sense.")
    return Model.from_yaml(file.read_bytes(), f"{uri}/{mlmodel.FILE}")


def loader_of(model: Model, uri: str) -> Mapping[str, Any]:
    """Return the python_function options of a model; InvalidParameterError where it has none."""
    try:
        return model.flavors[PYFUNC]
    except KeyError:
        there = ", ".join(sorted(model.flavors)) or "none"
        raise InvalidParameterError(
            f"The model at {uri} has no python_function flavor, so it cannot be loaded without its framework; its "
            f"flavors are: {there}."
        ) from None


def _forget_modules(folder: ModelFolder, code: Path) -> None:
    """Have modules imported anew that another model has brought along under the same names, with other content.

    That model keeps what it has imported. What is the user's own stays.
    """
    names = {each.name.partition(".")[0] for each in code.iterdir()}
    others = [each.path.absolute() for each in _kept if each.path.absolute() != folder.path.absolute()]
    has_changed = cache(partial(_has_changed, folder.path))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in names or not isinstance(module, ModuleType):
            continue
        origin = vars(module).get("__file__")  # to ask a lazy module for it may import what is not there
        if not isinstance(origin, str):
            continue
        home = next((other for other in others if Path(origin).is_relative_to(other)), None)
        if home is not None and has_changed(home):
            del sys.modules[name]


def _has_changed(now: Path, before: Path) -> bool:
    one, other = (
        {name: (place / name).read_bytes() for name in trust.relative_files(place) if name.endswith(".py")}
        for place in (now, before)
    )
    return one != other


def _private_copy(folder: ModelFolder) -> tuple[ModelFolder, str]:
    place = Path(tempfile.mkdtemp(prefix="jupyter-tracker-model-"))
    try:
        digest = trust.digest_of(
            {name: _copied(folder.path / name, place / name) for name in trust.relative_files(folder.path)}
        )
        copy = ModelFolder(folder.uri, place, read_mlmodel(place, folder.uri), is_copy=True)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    copy._finalizer = weakref.finalize(copy, _remove, place, os.getpid())  # noqa: SLF001 - its own module
    return copy, digest


def _copied(source: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of what was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    hasher = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while piece := reading.read(_PIECE_BYTES):
            hasher.update(piece)
            writing.write(piece)
    return hasher.hexdigest()


def _remove(place: Path, pid: int) -> None:
    if pid == os.getpid():
        shutil.rmtree(place, ignore_errors=True)


atexit.register(_kept.clear)
