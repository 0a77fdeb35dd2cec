"""Which model a command means, and what there is where it is not found."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceDoesNotExistError,
    TrackerError,
    UntrustedModelError,
)
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store

_OF_RUN = re.compile(r"runs:/+([^/]+)/*(.*)", re.DOTALL)
_REGISTERED = re.compile(r"models:/+([^/@]+)[/@](.+)", re.DOTALL)
_FORMS = (
    "Name a model by runs:/<run>/<name>, models:/<name>/<version or stage>, models:/<name>@<alias>, or the path of its "
    "folder."
)
_SHOWN = 10


def whole_uri(store: Store | None, uri: str) -> str:
    """Return a URI with the whole id of its run, which may be given by the start of it or by the run's name.

    Raises
    ------
    ResourceDoesNotExistError, InvalidParameterError
        There is no such run, or there are several; the URI names no model of it.
    """
    from jupyter_tracker.views.lookup import find_run

    named = _OF_RUN.fullmatch(uri)
    if named is None or store is None:
        return uri
    run = find_run(store, named[1])
    if not named[2]:
        raise InvalidParameterError(f"{uri} names a run, and no model of it. {_of_run(store, run.info.run_id)}")
    return f"runs:/{run.info.run_id}/{named[2]}"


@contextlib.contextmanager
def explained(store: Store | None, uri: str) -> Iterator[None]:
    """Say what there is where a model is not found, what to install where it needs a package, and how it is trusted.

    Raises
    ------
    ResourceDoesNotExistError, InvalidStateError, UntrustedModelError
        Instead of what was raised.
    """
    try:
        yield
    except ResourceDoesNotExistError as error:
        raise ResourceDoesNotExistError(f"{_ended(error.message)} {_what_there_is(store, uri)}".rstrip()) from error
    except UntrustedModelError as error:
        raise UntrustedModelError(
            f"{error.message} On the command line --trust loads it this once.", error.types
        ) from error
    except ModuleNotFoundError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise InvalidStateError(
            f"{uri} needs the package {package!r}, which this Python does not have: pip install "
            f"{shlex.quote(package)}. The file requirements.txt beside the model lists all that it was made with."
        ) from error


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _what_there_is(store: Store | None, uri: str) -> str:
    of_run, registered = _OF_RUN.fullmatch(uri), _REGISTERED.fullmatch(uri)
    try:
        if store is not None and of_run is not None:
            return _of_run(store, of_run[1])
        if store is not None and registered is not None:
            return _of_registry(store, registered[1])
    except TrackerError:  # a store that cannot say: what was wrong is said already
        return ""
    return "" if Path(uri).exists() else _FORMS


def _of_run(store: Store, run_id: str) -> str:
    outputs = store.get_run(run_id).outputs.model_outputs
    names = [store.get_logged_model(output.model_id).name for output in outputs]
    listed = ", ".join(f"runs:/{run_id[:8]}/{name}" for name in dict.fromkeys(names[:_SHOWN]))
    return f"The run has: {listed}." if names else "The run has logged no model."


def _of_registry(store: Store, name: str) -> str:
    versions = store.search_model_versions(f"name = {write_text(name)}", max_results=_SHOWN)
    if versions:
        return f"{name} has: {', '.join(f'models:/{name}/{each.version}' for each in versions)}."
    names = [model.name for model in store.search_registered_models(max_results=_SHOWN)]
    return f"Registered models are: {', '.join(names)}." if names else "No model is registered in this store."
