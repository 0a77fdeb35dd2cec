"""What has happened to registered models: their history, their state at a moment, and whether the history is whole.

Registering and moving versions are `register_model`, `promote` and the operations of `TrackerClient`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, overload

from jupyter_tracker.entities.registry_event import RegistryEvent
from jupyter_tracker.promotion import history as events
from jupyter_tracker.promotion.history import RegistryState, Verification
from jupyter_tracker.store.acting import acting
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.paging import check_output_format

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RegistryEvent", "RegistryState", "Verification", "at", "comment", "history", "verify"]


@overload
def history(name: str | None = ..., output_format: Literal["pandas"] = ...) -> pd.DataFrame: ...
@overload
def history(name: str | None = ..., *, output_format: Literal["list"]) -> list[RegistryEvent]: ...
def history(
    name: str | None = None, output_format: Literal["pandas", "list"] = "pandas"
) -> pd.DataFrame | list[RegistryEvent]:
    """Return what has happened to a registered model, the oldest first, also under earlier names.

    Parameters
    ----------
    name : str, optional
        The registered model, which may have been deleted; every model where left out.
    output_format : {"pandas", "list"}
        A DataFrame, or a list of `RegistryEvent`.

    Returns
    -------
    pandas.DataFrame or list of RegistryEvent
        ``number timestamp action name version key before after run_id user verified source_type source_name cell
        comment digest``; `timestamp` as ``datetime64[ns, UTC]`` in a DataFrame, in ms UTC in an event.

    Raises
    ------
    ResourceDoesNotExistError
        No model was ever called so.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> client = tracker.TrackerClient()
    >>> model = client.create_registered_model("churn-history")
    >>> version = client.create_model_version("churn-history", "s3://models/churn")
    >>> moved = client.transition_model_version_stage("churn-history", 1, "Production", comment="the first")
    >>> frame = tracker.registry.history("churn-history")
    >>> frame[["action", "version", "after", "comment"]].iloc[-1].tolist()
    ['transition_model_version_stage', '1', 'Production', 'the first']
    """
    check_output_format(output_format)
    found = events.history(active.store(create=False), name)
    if output_format == "list":
        return found
    from jupyter_tracker.views.frames import events_frame

    return events_frame(found)


def at(name: str, when: object) -> RegistryState:
    """Return what a registered model was at a moment: which version in which stage, and where its aliases pointed.

    Parameters
    ----------
    name : str
        The registered model, as it is called now or was called last.
    when : str, datetime, date or int
        ISO text, in local time where it names no zone; a day alone (``"2026-11-03"``) means the end of that day. A
        whole number is ms UTC.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> client = tracker.TrackerClient()
    >>> model = client.create_registered_model("churn-at")
    >>> version = client.create_model_version("churn-at", "s3://models/churn")
    >>> moved = client.transition_model_version_stage("churn-at", 1, "Production")
    >>> import datetime as dt
    >>> tracker.registry.at("churn-at", dt.date.today()).versions("Production")
    ['1']
    >>> tracker.registry.at("churn-at", "2020-01-01").versions("Production")
    []
    """
    return events.at(active.store(create=False), name, when)


def verify(expect: str | None = None) -> Verification:
    """Return whether the history of the registry is whole; what is changed or missing is named.

    Parameters
    ----------
    expect : str, optional
        A head that was noted earlier: the history must still go through it.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> noted = tracker.registry.verify().head
    >>> model = tracker.TrackerClient().create_registered_model("churn-verify")
    >>> tracker.registry.verify(expect=noted).is_whole
    True
    """
    return events.verify(active.store(create=False), expect)


def comment(text: str) -> AbstractContextManager[None]:
    """Have all that is changed in the registry inside a ``with`` recorded with this comment.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.registry.comment("the data of October"):
    ...     model = tracker.TrackerClient().create_registered_model("churn-comment")
    >>> tracker.registry.history("churn-comment", output_format="list")[0].comment
    'the data of October'
    """
    return acting(comment=text)
