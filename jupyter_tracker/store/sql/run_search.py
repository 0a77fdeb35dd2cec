"""Searching runs: which of the indexes a search starts from, and one statement for a page.

Measured at 100,000 runs (`benchmarks/workloads/search.py`): there are two good ways, and each is a hundred times
slower than the other where the other is right.

* A clause that few runs match, found by counting at most `RARE` of them: start from those runs.
* None: walk the index of the first sort key in its order and look each run's other fields up; the page is soon full.

Runs that lack the sort key come last, so they are walked only when those that have it do not fill the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Or, Ordering, Presence, at_moment
from jupyter_tracker.store.sql import filters, places
from jupyter_tracker.store.sql.constructs import aside, has_scheme
from jupyter_tracker.store.sql.fetching import Query, loaded
from jupyter_tracker.store.sql.rows import RUN_COLUMNS, runs_in_json
from jupyter_tracker.store.sql.schema import experiments, runs

# A clause of fewer runs is where a search starts. At 2 µs a look-up their fields take 4 ms.
RARE = 2000
_START = Name("attribute", "start_time")
_RUN_ID = Name("attribute", "run_id")
_STATUS = Name("attribute", "status")
_BY_INDEX = ("=", "IN")
_RANGES = (*_BY_INDEX, ">", ">=", "<", "<=", "BETWEEN")
_EVER = 2**63 - 1

Clause = Comparison | Presence


@dataclass(frozen=True)
class Question:
    """What is searched for: a filter without `now`, sort keys, lifecycle stages; `root` is the store's folder."""

    tree: Node
    orderings: tuple[Ordering, ...]
    stages: tuple[str, ...]
    root: Path

    @property
    def first(self) -> Name | None:
        """The first sort key, if it lies in a table of its own."""
        if not self.orderings or self.orderings[0].name.entity == "attribute":
            return None
        return self.orderings[0].name


@dataclass(frozen=True)
class Page:
    """Which rows of the answer are wanted."""

    experiments: list[int]
    offset: int
    limit: int
    newest: int | None = None

    def values(self) -> dict[str, Any]:
        """Return the parameters of a statement for this page."""
        newest = _EVER if self.newest is None else self.newest
        return {"experiments": self.experiments, "newest": newest, "start": self.offset, "many": self.limit}


def question(tree: Node, orderings: tuple[Ordering, ...], stages: Sequence[str], root: Path) -> Question:
    """Return a question whose times are of this moment."""
    return Question(at_moment(tree, now_ms()), orderings, tuple(stages), root)


def found(connection: sa.Connection, asked: Question, page: Page, *, whole: bool = True) -> tuple[list[Any], int]:
    """Return the rows of a page as `rows.runs_of` takes them, and the newest run's key at this moment."""
    rows: list[Any] = []
    newest = 0
    seed = seed_of(connection, asked)
    for way in _ways(asked, seed) if seed != () else ():
        wanted = replace(page, limit=page.limit - len(rows))
        text, newest = connection.execute(_statement(asked, way, whole=whole), wanted.values()).one()
        some = loaded(text)
        rows += some
        if len(rows) >= page.limit:
            break
        # The next part begins where this one ends; where it ends before the page, somebody has to count it.
        before = page.offset - _count(connection, asked, way, page) if page.offset and not some else 0
        page = replace(page, offset=before)
    return rows, newest


def count(connection: sa.Connection, asked: Question, page: Page) -> int:
    """Return how many runs there are."""
    seed = seed_of(connection, asked)
    return 0 if seed == () else _count(connection, asked, _Way(seed), page)


def _count(connection: sa.Connection, asked: Question, way: _Way, page: Page) -> int:
    counted: int = connection.execute(_counting(asked, way), page.values()).scalar_one()
    return counted


@dataclass(frozen=True)
class _Way:
    """One part of an answer: what it starts from, and which runs it has.

    `seed` are clauses one of which every run of the answer matches. `part` is ``value``, ``nan`` or ``absent``: the
    runs that have the first sort key as a number or text, as NaN, or not at all; empty for all runs.
    """

    seed: tuple[Clause, ...] | None = None
    part: str = ""


def _ways(asked: Question, seed: tuple[Clause, ...] | None) -> Iterator[_Way]:
    name = asked.first
    if name is None or seed is not None:
        yield _Way(seed)
        return
    yield _Way(part="value")
    needs = _needs(asked.tree, name)
    if name.entity == "metric" and needs != "value":
        yield _Way(part="nan")
    if not needs:
        yield _Way(part="absent")


def _needs(node: Node, name: Name) -> str:
    """Return what a filter demands of a field: that it has a ``value``, that it is ``present``, or nothing."""
    if isinstance(node, And):
        return max((_needs(part, name) for part in node.parts), default="")
    if isinstance(node, Comparison) and node.name == name:
        return "value"
    return "present" if isinstance(node, Presence) and node.present and node.name == name else ""


def _without(node: Node, name: Name, *, present: bool) -> Node:
    """Return what a filter says of runs that have no value under a field, but, where `present`, NaN."""
    if isinstance(node, And | Or):
        return type(node)(tuple(_without(part, name, present=present) for part in node.parts))
    if isinstance(node, Not):
        return Not(_without(node.part, name, present=present))
    if node.name != name:
        return node
    return And() if isinstance(node, Presence) and node.present is present else Or(())


# ----------------------------------------------------------------------------- where a search starts


def seed_of(connection: sa.Connection, asked: Question) -> tuple[Clause, ...] | None:
    """Return clauses of few runs, one of which every run of the answer matches; `()` where no run does.

    None where every clause has many.
    """
    counts: dict[Clause, int] = {}
    for level in (_is_indexed, lambda clause: not _is_indexed(clause)):
        clauses = tuple(dict.fromkeys(clause for clause in _positive(asked.tree) if level(clause)))
        # Is it worth counting? Not if there are many runs whatever comes out.
        if clauses and _seed(asked.tree, {**counts, **dict.fromkeys(clauses, 0)}) is not None:
            numbers = connection.execute(_probes(clauses, asked.root)).one()
            counts |= {clause: number for clause, number in zip(clauses, numbers, strict=True) if number < RARE}
            seed = _seed(asked.tree, counts)
            if seed is not None:
                return seed[1] if seed[0] else ()
    return None


def _seed(node: Node, counts: dict[Clause, int], *, negated: bool = False) -> tuple[int, tuple[Clause, ...]] | None:
    """Return how many runs a node has at most, and the clauses that have them; None for many."""
    if isinstance(node, Not):
        return _seed(node.part, counts, negated=not negated)
    if isinstance(node, And | Or):
        seeds = [_seed(part, counts, negated=negated) for part in node.parts]
        few = [seed for seed in seeds if seed is not None]
        if isinstance(node, And) is not negated:
            return min(few, key=lambda seed: seed[0], default=None)
        if len(few) < len(seeds) or sum(number for number, _ in few) >= RARE:
            return None
        return sum(number for number, _ in few), tuple(clause for _, clauses in few for clause in clauses)
    if negated or node not in counts:
        return None
    return counts[node], (node,)


def _positive(node: Node, *, negated: bool = False) -> Iterator[Clause]:
    if isinstance(node, Not):
        yield from _positive(node.part, negated=not negated)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _positive(part, negated=negated)
    elif not negated and not (isinstance(node, Presence) and not node.present):
        yield node


def _is_indexed(clause: Clause) -> bool:
    """Tell whether an index leads to a clause's runs; else all values of a key are looked at, or all runs."""
    if isinstance(clause, Presence):
        return clause.name.entity != "attribute"
    if clause.name.entity == "metric":
        return clause.operator in _RANGES
    if clause.name.entity == "attribute":
        return clause.name in {_RUN_ID, _STATUS} and clause.operator in _BY_INDEX
    return clause.operator in _BY_INDEX and (clause.name.entity == "dataset" or filters.is_text(clause))


@lru_cache(256)
def _probes(clauses: tuple[Clause, ...], root: Path) -> Query:
    bounded = [_owners(clause, place_of(root)).limit(RARE).subquery() for clause in clauses]
    return sa.select(*(sa.select(sa.func.count()).select_from(some).scalar_subquery() for some in bounded))


def _owners(clause: Clause, place: places.Place) -> sa.Select[tuple[Any]]:
    if clause.name.entity == "attribute":
        return sa.select(runs.c.run).where(filters.where(clause, place))
    return filters.owners(clause, place)


# ------------------------------------------------------------------------------------- the statements


@lru_cache(256)
def _statement(asked: Question, way: _Way, *, whole: bool) -> Query:
    query, orderings = _matching(sa.select(*RUN_COLUMNS), asked, way)
    query = filters.order_by(query, orderings, place_of(asked.root))
    if _START not in {ordering.name for ordering in asked.orderings}:
        query = query.order_by(runs.c.start_time.desc())
    query = query.order_by(runs.c.run_id)
    page = query.limit(sa.bindparam("many", type_=sa.Integer)).offset(sa.bindparam("start", type_=sa.Integer))
    newest = sa.select(sa.func.max(runs.c.run)).scalar_subquery()
    return runs_in_json(page, whole=whole).add_columns(newest)


@lru_cache(256)
def _counting(asked: Question, way: _Way) -> Query:
    return _matching(sa.select(sa.func.count()), asked, way)[0]


def _matching(query: Query, asked: Question, way: _Way) -> tuple[Query, Sequence[Ordering]]:
    """Return the query for the runs of a part, and the sort keys that are left."""
    place, joined = place_of(asked.root), {}
    query, orderings, tree = query.select_from(runs), asked.orderings, asked.tree
    if way.seed is not None:
        few = [_owners(clause, place) for clause in way.seed]
        query = query.where(runs.c.run.in_(few[0] if len(few) == 1 else sa.union_all(*few)))
    elif way.part:
        first, orderings = asked.orderings[0], asked.orderings[1:]
        query, table = _part(query, first, way.part, place)
        if way.part == "value":
            joined = {first.name: table}
        else:
            tree = _without(tree, first.name, present=way.part == "nan")
    in_order = way.seed is None and way.part in {"", "absent"}
    experiment, stage = (
        column if in_order else aside(column) for column in (runs.c.experiment_id, runs.c.lifecycle_stage)
    )
    return query.where(
        experiment.in_(sa.bindparam("experiments", expanding=True)),
        stage.in_(asked.stages),
        aside(runs.c.run) <= sa.bindparam("newest", type_=sa.BigInteger),
        filters.where(tree, replace(place, attributes=_aside(place.attributes)), joined),
    ), orderings


def _part(query: Query, first: Ordering, part: str, place: places.Place) -> tuple[Query, sa.FromClause]:
    """Return the query for runs that have the first sort key, in its order, as NaN, or not at all."""
    table = place.satellites[first.name.entity].table.alias()
    of_key = table.c.key == first.name.key
    if part == "absent":
        # The usual store has none; where as many runs have the key as there are, nobody needs to look at each.
        with_key = sa.select(sa.func.count()).where(of_key).scalar_subquery()
        some = sa.select(sa.func.count()).select_from(runs.alias()).scalar_subquery() > with_key
        return query.where(some, ~sa.exists().where(table.c.run == runs.c.run, of_key)), table
    # The index of keys and values leads; each of its runs is looked up.
    query = query.join(table, runs.c.run == aside(table.c.run)).where(of_key)
    value = table.c.value
    if part == "nan":
        return query.where(value.is_(None)), table
    return query.where(value.is_not(None)).order_by(value.asc() if first.ascending else value.desc()), table


def _aside(columns: Mapping[str, sa.ColumnElement[Any]]) -> dict[str, sa.ColumnElement[Any]]:
    # The index on start times is the one that gives runs in order.
    return {name: column if name == _START.key else aside(column) for name, column in columns.items()}


@lru_cache(16)
def place_of(root: Path) -> places.Place:
    """Return where the fields of runs lie, with `artifact_uri`, which depends on where the store lies."""
    own = _absolute(root, runs.c.artifact_uri)
    home = sa.select(_absolute(root, experiments.c.artifact_location)).where(
        experiments.c.experiment_id == runs.c.experiment_id
    )
    uri = sa.func.coalesce(own, home.correlate(runs).scalar_subquery() + "/" + runs.c.run_id + "/artifacts")
    return replace(places.RUNS, attributes={**places.RUNS.attributes, "artifact_uri": uri})


def _absolute(root: Path, column: sa.Column[str]) -> sa.ColumnElement[str]:
    # `locations.absolute_location` in SQL.
    return sa.case((has_scheme(column), column), else_=sa.literal(root.as_uri() + "/") + column)
