"""A page of runs as columns, for DataFrames: the database gathers whole columns, each into one text.

Ten thousand runs have some 200,000 values. Even as a JSON object for each run, to make and to read them takes most of
the time that a DataFrame takes; here they are values alone, each with its run and key beside it, in whatever order.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from jupyter_tracker.entities import RunColumns
from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.constructs import aside, exact, json_gathered, json_mapping, texts_gathered
from jupyter_tracker.store.sql.fetching import Query, float_of, loaded
from jupyter_tracker.store.sql.locations import Homes

# Columns of runs that are gathered as texts, and those that may be NULL or are numbers.
_TEXTS = ("run", "run_id", "experiment_id", "status")
_OTHERS = ("start_time", "end_time", "artifact_uri")
_WIDTH = 2 + len(_TEXTS) + len(_OTHERS)  # the number of runs and the experiments' locations before them
# Each has the number of values, and the values' runs, keys and values.
_KINDS = (s.latest_metrics, s.params, s.tags)
# Stands between texts that are gathered without JSON, which takes three times as long.
_BETWEEN = "\x1f"
# MySQL's own way to join texts ends at a length that the server's settings say.
_IN_JSON_ONLY = frozenset({"mysql", "mariadb"})


@dataclass(frozen=True)
class Part:
    """A part of a page: as long as what was found, which may be one run more than `columns` has."""

    columns: RunColumns
    found: int

    def __len__(self) -> int:
        return self.found


def gathered(page: Query, *, plain: bool) -> Query:
    """Return the query of a page of runs, which has `rows.RUN_COLUMNS`, as one row of counts and columns.

    Where `plain`, texts are joined as they are, else in JSON.
    """
    run = page.cte("page")
    texts = texts_gathered if plain else json_gathered
    homes = sa.select(json_mapping(s.experiments.c.experiment_id, s.experiments.c.artifact_location)).where(
        s.experiments.c.experiment_id.in_(sa.select(run.c.experiment_id))
    )
    columns = [texts(run.c[name]) for name in _TEXTS] + [json_gathered(run.c[name]) for name in _OTHERS]
    many = sa.func.count().label("many")
    infos = sa.select(many, homes.scalar_subquery(), *columns).select_from(run).subquery("infos")
    tables: sa.FromClause = infos
    wanted = list(infos.c)
    for table in _KINDS:
        own = table.c
        value = json_gathered(exact(own.value, own.is_nan)) if table is s.latest_metrics else texts(own.value)
        few = sa.select(many, texts(own.run), texts(own.key), value)
        # The page leads: it is small, and each of its runs is looked up.
        some = few.join_from(run, table, own.run == aside(run.c.run)).subquery(f"of_{table.name}")
        # Always so: each is one row, but SQLAlchemy warns of what nothing joins.
        tables = tables.join(some, infos.c.many >= -some.c.many)
        wanted += some.c
    return sa.select(*wanted).select_from(tables)


def fetched_columns(
    connection: sa.Connection, query: Callable[[bool], Query], values: Mapping[str, Any], root: Path, most: int
) -> tuple[Part, Any]:
    """Return the first runs of a page as columns, and the last value of the row.

    Parameters
    ----------
    query : callable
        Returns the query, `gathered`, for texts as they are (True) or in JSON, with one column more.
    """
    plain = connection.dialect.name not in _IN_JSON_ONLY
    *row, last = connection.execute(query(plain), values).one()
    part = _part(row, root, most, plain=plain)
    if part is None and plain:
        # A text has the very sign that stands between texts.
        *row, last = connection.execute(query(False), values).one()
        part = _part(row, root, most, plain=False)
    if part is None:
        raise StoreError("The database's answer has fewer values than it counted.")
    return part, last


def joined(parts: Sequence[Part]) -> RunColumns:
    """Return the parts of a page together."""
    columns = parts[0].columns if parts else RunColumns()
    for part in parts[1:]:
        columns.extend(part.columns)
    return columns


def _part(row: Sequence[Any], root: Path, most: int, *, plain: bool) -> Part | None:
    """Return what a row says; None where a text is in more pieces than it came from."""
    read = _split if plain else loaded
    count, homes, *texts = row[:_WIDTH]
    infos = [read(text) for text in texts[: len(_TEXTS)]] + [loaded(text) for text in texts[len(_TEXTS) :]]
    if any(len(column) != count for column in infos):
        return None
    page = infos[0]
    columns = _infos([column[:most] for column in infos], Homes(root), loaded(homes))
    targets: tuple[dict[str, Any], ...] = (columns.metrics, columns.params, columns.tags)
    for at, target in zip(range(_WIDTH, len(row), 4), targets, strict=True):
        values = row[at + 3]
        values = list(map(float_of, loaded(values))) if target is columns.metrics else read(values)
        logged = _Logged(row[at], row[at + 1], row[at + 2], values)
        by_key = _by_key(page, most, logged, plain=plain, missing=math.nan if target is columns.metrics else None)
        if by_key is None:
            return None
        target.update(by_key)
    return Part(columns, count)


def _split(text: str | None) -> list[str]:
    return [] if text is None else text.split(_BETWEEN)


def _infos(columns: Sequence[list[Any]], homes: Homes, locations: Mapping[str, str]) -> RunColumns:
    _, run_id, experiment_id, status, start, end, artifact_uri = columns
    experiment_id = list(map(str, experiment_id))
    return RunColumns(
        run_id=run_id,
        experiment_id=experiment_id,
        status=status,
        artifact_uri=list(map(homes.uri, artifact_uri, map(locations.__getitem__, experiment_id), run_id)),
        start_time=start,
        end_time=end,
    )


class _Logged(NamedTuple):
    """Values of one kind: how many, the texts of their runs and keys, and themselves."""

    many: int
    runs: Any
    keys: Any
    values: list[Any]


def _by_key(
    page: list[Any], most: int, logged: _Logged, *, plain: bool, missing: float | None
) -> dict[str, list[Any]] | None:
    """Return a column for each key, sorted by key, of the first runs of a page; None as `_part`."""
    if len(logged.values) != logged.many:
        return None
    alike = _keys_of_each(page, logged) if plain else None
    if alike is not None:
        columns = {key: logged.values[at :: len(alike)][:most] for at, key in enumerate(alike)}
        return dict(sorted(columns.items()))
    read = _split if plain else loaded
    runs, keys = read(logged.runs), read(logged.keys)
    if not len(runs) == len(keys) == logged.many:
        return None
    places = {run: place for place, run in enumerate(page[:most])}
    scattered: dict[str, list[Any]] = defaultdict(lambda: [missing] * len(places))
    for place, key, value in zip(map(places.get, runs), keys, logged.values, strict=True):
        if place is not None:
            scattered[key][place] = value
    return dict(sorted(scattered.items()))


def _keys_of_each(page: list[str], logged: _Logged) -> list[str] | None:
    """Return the keys of each run where all have the same in one order, and come as on the page; else None.

    So it is in most experiments. Long texts are compared at once, which takes a tenth of splitting them.
    """
    width, rest = divmod(logged.many, len(page) or 1)
    if rest or not width:
        return None
    keys: list[str] = logged.keys.split(_BETWEEN, width)[:width]
    same = logged.keys == _BETWEEN.join(keys * len(page))
    in_order = same and logged.runs == _BETWEEN.join([_BETWEEN.join([run] * width) for run in page])
    return keys if in_order else None
