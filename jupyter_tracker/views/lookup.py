"""What people type for a run, an experiment or an order, found in a store.

A run is named by its id, by the start of it, or by its name; an experiment by its name or its id.

To add a noun: a function `find_<noun>` that says what there is where nothing is found.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from jupyter_tracker.entities import Experiment, Run, RunColumns, ViewType
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.search import fields
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.writing import write_key, write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.table_columns import NOTE_ID, OrderBy, column_of
from jupyter_tracker.views.table_groups import group_name

_ID: Final = re.compile(r"[0-9a-f]{32}")
_ID_START: Final = re.compile(r"[0-9a-f]{4,31}")
_SHOWN: Final = 5
_AT_ONCE: Final = 1000


def find_run(store: Store, text: str, view: int = ViewType.ACTIVE_ONLY) -> Run:
    """Return the run that `text` names: an id, the start of one (4 digits or more), or a name.

    Of several runs with this name the newest is meant. Runs in the trash are found by their whole id only, or where
    `view` asks for them.

    Raises
    ------
    ResourceDoesNotExistError
        No run is named so.
    InvalidParameterError
        Several ids begin so; the message lists them.
    """
    if _ID.fullmatch(text):
        return store.get_run(text)
    ids = [experiment.experiment_id for experiment in store.search_experiments(ViewType.ACTIVE_ONLY)]
    if ids and _ID_START.fullmatch(text):
        found = store.search_runs(ids, f"attributes.run_id LIKE '{text}%'", view, _SHOWN)
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{run.info.run_id[:12]} ({run.info.run_name})" for run in found)
            raise InvalidParameterError(f"Several run ids begin with {text!r}: {listed}. Write more of the id.")
    if ids:
        named = store.search_runs(ids, f"attributes.run_name = {write_text(text)}", view, 1)
        if named:
            return named[0]
    if view == ViewType.DELETED_ONLY:
        raise ResourceDoesNotExistError(f"No run in the trash of {store.uri} has the id or the name {text!r}.")
    raise ResourceDoesNotExistError(f"No run of {store.uri} has the id or the name {text!r}.{_hint(store, ids, text)}")


def runs_of_ids(store: Store, run_ids: Sequence[str]) -> tuple[list[Run], list[str]]:
    """Return the runs with these ids, each once and in this order, and the ids that the store does not have."""
    found, missing = [], []
    for run_id in dict.fromkeys(run_ids):
        try:
            found.append(store.get_run(run_id))
        except ResourceDoesNotExistError:
            missing.append(run_id)
    return found, missing


def find_experiment(store: Store, text: str) -> Experiment:
    """Return the experiment that `text` names, by name or else by id; ResourceDoesNotExistError for none."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # a word of the command line may be any bytes
    experiment = store.get_experiment_by_name(text)
    if experiment is not None:
        return experiment
    names = [known.name for known in store.search_experiments(ViewType.ACTIVE_ONLY)]
    if text.isdecimal():
        try:
            return store.get_experiment(text)
        except ResourceDoesNotExistError:
            pass
    close = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names[:20])}."
    raise ResourceDoesNotExistError(f"No experiment is named {text!r}: {hint}")


def field_names(store: Store) -> list[str]:
    """Return every field that a filter on runs can name in this store: attributes, then the keys in use."""
    ids = [experiment.experiment_id for experiment in store.search_experiments(ViewType.ACTIVE_ONLY)]
    keys = store.logged_keys(ids) if ids else {}
    logged = [f"{group}.{write_key(key)}" for group in ("metrics", "params", "tags") for key in keys.get(group, ())]
    return [*fields.RUNS.names(), *logged]


def order_by_of(text: str | None) -> OrderBy | None:
    """Return the order that a text such as ``metrics.f1 desc`` or ``start_time`` names; None for none.

    Ascending unless it says `desc`. `InvalidFilterError` for a column that a run does not have.
    """
    if text is None or not text.strip():
        return None
    (ordering,) = parse_order([text], fields.RUNS)
    return OrderBy(f"{ordering.name.entity}s.{ordering.name.key}", ordering.ascending)


def column_id_of(text: str) -> str:
    """Return the id of the column that a text names: ``params.lr``, ``start_time``, ``note``; a pattern stays as it is.

    `InvalidParameterError` for what no run has.
    """
    if "*" in text:
        return text
    if text == "note":
        return NOTE_ID
    try:
        order = order_by_of(text)
    except InvalidFilterError as error:
        raise InvalidParameterError(f"{text[:80]!r} is no column. {error.message.splitlines()[0]}") from None
    return column_of("" if order is None else order.column).id


def group_by_of(text: str | None) -> str | None:
    """Return the field that runs are grouped by, as views name it: ``params.model``; None for none."""
    if text is None or not text.strip():
        return None
    name = group_name(text)
    return f"{name.entity}s.{name.key}"


def runs_by_id(store: Store, run_ids: Sequence[str]) -> RunColumns:
    """Return these runs in this order as columns, those in the trash too; what is not there is left out."""
    ids = [experiment.experiment_id for experiment in store.search_experiments(ViewType.ALL)]
    found: dict[str, Run] = {}
    for start in range(0, len(run_ids), _AT_ONCE):
        listed = ", ".join(write_text(run_id) for run_id in run_ids[start : start + _AT_ONCE])
        page = store.search_runs(ids, f"run_id IN ({listed})", ViewType.ALL, _AT_ONCE)
        found |= {run.info.run_id: run for run in page}
    return RunColumns.of(found[run_id] for run_id in run_ids if run_id in found)


def _hint(store: Store, experiment_ids: Sequence[str], text: str) -> str:
    if not experiment_ids:
        return " It has no runs yet."
    names = [run.info.run_name or "" for run in store.search_runs(experiment_ids, max_results=200)]
    close = difflib.get_close_matches(text, names, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return (
        " `%runs --all`, or `jupyter tracker runs` in a terminal, lists what there is."
        if names
        else " It has no runs yet."
    )
