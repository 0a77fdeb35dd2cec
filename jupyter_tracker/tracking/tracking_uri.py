"""Choosing the store, in the fluent API."""

from __future__ import annotations

import os

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking.experiments import forget_experiment
from jupyter_tracker.tracking.location import choose, current_location, is_chosen, location_of


def set_tracking_uri(uri: str | os.PathLike[str] | None, *, offline: bool = False) -> None:
    """Choose the store of this process, and of processes that it starts. Nothing is opened or made yet.

    The experiment chosen on another store is forgotten; runs that are active stay where they are.

    Parameters
    ----------
    uri : str, os.PathLike or None
        A path (of a ``.db`` file or of a folder), ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or
        ``file:folder``; or a database on a server, ``postgresql://user:password@host/database`` or
        ``mysql://…``; or a tracking server, ``http://…`` or ``https://…``. None goes back to the environment variables
        or the project's own store.
    offline : bool
        Do without the tracking server that `uri` names: everything is logged on this machine, into a store that stands
        for it, until ``jupyter tracker sync --store http://…`` sends it. JUPYTER_TRACKER_OFFLINE says the same for all.

    Raises
    ------
    InvalidParameterError
        The URI is of a kind that is not supported, such as ``databricks``; or `offline` is given and it is no server.

    Notes
    -----
    A password in it is shown nowhere, but processes that this one starts get it in ``JUPYTER_TRACKER_URI``.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_tracking_uri("sqlite:///elsewhere.db")
    >>> tracker.get_tracking_uri().endswith("/elsewhere.db")
    True
    """
    before = current_location().uri
    choose(uri, offline=offline)
    if current_location().uri != before:
        forget_experiment()


def get_tracking_uri() -> str:
    """Return the URI of the store in use, absolute and without credentials.

    `jupyter tracker where` says why it is that one.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.get_tracking_uri().startswith("sqlite:///")
    True
    """
    return current_location().uri


def is_tracking_uri_set() -> bool:
    """Tell whether a store was chosen, by `set_tracking_uri` or in the environment: it is not the project's own.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_tracking_uri("sqlite:///elsewhere.db")
    >>> tracker.is_tracking_uri_set()
    True
    """
    return is_chosen()


def get_registry_uri() -> str:
    """Return the URI of the store that models are registered in: the one in use.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.get_registry_uri() == tracker.get_tracking_uri()
    True
    """
    return current_location().uri


def set_registry_uri(uri: str | os.PathLike[str] | None) -> None:
    """Accept the URI of the store in use: models are registered where runs are kept, and nowhere else.

    Raises
    ------
    InvalidParameterError
        It is another store.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_registry_uri(tracker.get_tracking_uri())
    """
    if uri is None or not str(uri).strip():
        return
    here = current_location()
    if location_of(uri, "set_registry_uri was called").uri != here.uri:
        raise InvalidParameterError(
            f"Models are registered in the store that has the runs, {here.uri}, and not in another one. To use "
            "that for both, call set_tracking_uri."
        )
