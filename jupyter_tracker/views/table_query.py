"""What a run table asks a store for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_tracker.entities import Experiment, ViewType
from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.tree import Name, leaves
from jupyter_tracker.search.unknown_words import unknown_word_hint
from jupyter_tracker.search.writing import write_key
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.known_keys import known_keys
from jupyter_tracker.views.table_columns import COUNT_ID, OrderBy

_FEW_KEYS = 5


@dataclass(frozen=True)
class Scope:
    """Which runs are meant."""

    experiment_ids: Sequence[str]
    filter: str
    stages: int


@dataclass(frozen=True)
class TableQuery:
    """Which runs a table shows, and how.

    Attributes
    ----------
    experiment_ids : sequence of str
        Experiments to look at; all active ones where empty.
    filter : str
        In the search language; empty for all runs. One that names `lifecycle_stage` looks at deleted runs, too.
    order_by : OrderBy or None
        Newest first where None.
    columns : sequence of str or None
        Ids of the columns to show, or patterns such as ``metrics.*``; chosen by what tells the runs apart where None.
    max_results : int or None
        At most so many runs on all pages together.
    group_by : str or None
        A param or tag: rows are groups of runs, with the mean and the spread of each metric.
    """

    experiment_ids: Sequence[str] = ()
    filter: str = ""
    order_by: OrderBy | None = None
    columns: Sequence[str] | None = None
    max_results: int | None = None
    group_by: str | None = None


def scope_of(store: Store, experiment_ids: Sequence[str], filter_: str) -> Scope:
    """Return which runs a table with this filter looks at; of all active experiments where none is named."""
    names = [experiment.experiment_id for experiment in experiments_of(store, experiment_ids)]
    return Scope(names, filter_, stages_of(filter_))


def experiments_of(store: Store, experiment_ids: Sequence[str]) -> list[Experiment]:
    """Return these experiments, all active ones where none is named."""
    if experiment_ids:
        return [store.get_experiment(experiment_id) for experiment_id in dict.fromkeys(experiment_ids)]
    return list(store.search_experiments(ViewType.ACTIVE_ONLY))


def stages_of(filter_: str) -> int:
    """Return the view type of a filter: one that asks for a lifecycle stage means deleted runs, too."""
    try:
        named = {leaf.name for leaf in leaves(parse_filter(filter_, fields.RUNS))}
    except InvalidFilterError:
        return ViewType.ACTIVE_ONLY  # the store says what is wrong, and knows the keys that exist
    return ViewType.ALL if Name("attribute", "lifecycle_stage") in named else ViewType.ACTIVE_ONLY


def hint_of(store: Store, scope: Scope, *, anything: bool) -> str:
    """Return which word of a filter no run can have; and which key none has, where it finds not `anything`."""
    tree = parse_filter(scope.filter, fields.RUNS)
    keys = known_keys(store, scope.experiment_ids) if scope.filter and not anything else {}
    for leaf in leaves(tree):
        group, key = f"{leaf.name.entity}s", leaf.name.key
        if group in keys and key not in keys[group]:
            return f"No run here has {group}.{write_key(key)}.{_meant(group, key, keys)}"
    return unknown_word_hint(tree, fields.RUNS)


def _meant(group: str, key: str, keys: Mapping[str, Sequence[str]]) -> str:
    elsewhere = [other for other in keys if key in keys[other]]
    close = [(other, key) for other in elsewhere] or [
        (group, near) for near in difflib.get_close_matches(key, keys[group], n=1)
    ]
    if close:
        return f" Did you mean {close[0][0]}.{write_key(close[0][1])}?"
    few = [f"{group}.{write_key(known)}" for known in keys[group] if group != "tags"]  # most of those are ours
    return f" There are {', '.join(few)}." if 0 < len(few) <= _FEW_KEYS else ""


def order_of(order_by: OrderBy | None) -> list[str]:
    """Return a table's order as `Store.search_runs` takes it."""
    if order_by is None or order_by.column == COUNT_ID:
        return []
    group, _, key = order_by.column.partition(".")
    return [f"{group}.{write_key(key)} {'ASC' if order_by.ascending else 'DESC'}"]
