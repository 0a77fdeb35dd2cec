"""Searching runs: which of the indexes a search starts from, and one statement for a page.

Measured at 100,000 runs (`benchmarks/workloads/search.py`): there are two good ways, and each is a hundred times
slower than the other where the other is right.

* A clause that few runs match, as `run_seeds` finds it: start from those runs.
* None: walk the index of the first sort key in its order and look each run's other fields up; the page is soon full.

Runs that lack the sort key come last, so they are walked only when those that have it do not fill the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.search.tree import And, Comparison, Name, Node, Or, Ordering, Presence, at_moment, changed
from jupyter_tracker.store.sql import filters
from jupyter_tracker.store.sql.constructs import aside, exact, json_gathered, leading
from jupyter_tracker.store.sql.fetching import Query, in_json, loaded, planned_once
from jupyter_tracker.store.sql.given import taken_out
from jupyter_tracker.store.sql.places import Place, runs_of_store
from jupyter_tracker.store.sql.rows import RUN_COLUMNS, Shape, runs_in_json
from jupyter_tracker.store.sql.run_columns import Part, fetched_columns, gathered
from jupyter_tracker.store.sql.run_seeds import Literal, lacks, owners_of, seed_of
from jupyter_tracker.store.sql.schema import BY_START, runs

_START = Name("attribute", "start_time")
_EVER = 2**63 - 1
# A page of a thousand runs, and the one that tells whether there is another page.
_FEW = 1001
_Part = TypeVar("_Part", bound=Sized)


@dataclass(frozen=True)
class Question:
    """What is searched for: a filter's form, sort keys, lifecycle stages; `root` is the store's folder.

    `given` are the filter's values (`given.taken_out`): questions that differ in nothing else are equal, and have the
    same statements.
    """

    tree: Node
    orderings: tuple[Ordering, ...]
    stages: tuple[str, ...]
    root: Path
    given: Mapping[str, Any] = field(compare=False)

    @property
    def first(self) -> Name | None:
        """The first sort key, if it lies in a table of its own."""
        if not self.orderings or self.orderings[0].name.entity == "attribute":
            return None
        return self.orderings[0].name


class Size(Enum):
    """How a page is read: of `FEW` runs each is better looked up than read with all others.

    `FIRST` is a first page of few. It is asked for again and again, so its statement is `planned_once`: what decides
    about the plan stands in its text.
    """

    MANY = "many"
    FEW = "few"
    FIRST = "first"


@dataclass(frozen=True)
class Page:
    """Which rows of the answer are wanted."""

    experiments: list[int]
    offset: int
    limit: int
    newest: int | None = None

    @property
    def size(self) -> Size:
        """How many runs are looked at, until the page is full."""
        if self.offset + self.limit > _FEW:
            return Size.MANY
        return Size.FIRST if not self.offset and self.newest is None else Size.FEW

    def values(self, asked: Question) -> dict[str, Any]:
        """Return the parameters of a statement for this page of a question."""
        newest = _EVER if self.newest is None else self.newest
        own = {"experiments": self.experiments, "newest": newest, "start": self.offset, "many": self.limit}
        return {**own, **asked.given}


def question(tree: Node, orderings: tuple[Ordering, ...], stages: Sequence[str], root: Path) -> Question:
    """Return a question whose times are of this moment."""
    given: dict[str, Any] = {}
    form = taken_out(at_moment(tree, now_ms()), given)
    return Question(form, orderings, tuple(stages), root, given)


def found(
    connection: sa.Connection,
    asked: Question,
    page: Page,
    shape: Shape = "whole",
    keys: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[Any], int]:
    """Return the rows of a page as `rows.runs_of` takes them, and the newest run's key at this moment.

    `keys` are those of a ``keyed`` page.
    """

    def rows(way: Way, some: Page) -> tuple[list[Any], int]:
        text, newest = connection.execute(
            _statement(asked, way, shape, some.size), some.values(asked) | dict(keys or {})
        ).one()
        return loaded(text), newest

    parts, newest = _parts(connection, asked, page, rows)
    return list(chain.from_iterable(parts)), newest


def found_columns(connection: sa.Connection, asked: Question, page: Page) -> tuple[list[Part], int]:
    """Return all runs of a page but the last as columns, in parts, and the newest run's key at this moment."""

    def columns(way: Way, some: Page) -> tuple[Part, int]:
        query = partial(_gathered, asked, way, some.size)
        return fetched_columns(connection, query, some.values(asked), asked.root, some.limit - 1)

    return _parts(connection, asked, page, columns)


def _parts(
    connection: sa.Connection, asked: Question, page: Page, fetch: Callable[[Way, Page], tuple[_Part, int]]
) -> tuple[list[_Part], int]:
    """Return what `fetch` gives for each part of an answer until the page is full, and the newest run's key."""
    parts: list[_Part] = []
    newest = 0
    seed = seed_of(connection, asked.tree, asked.given, asked.root, asked.first)
    for way in ways(asked, seed) if seed != () else ():
        some, newest = fetch(way, page)
        parts.append(some)
        if len(some) >= page.limit:
            break
        # The next part begins where this one ends; where it ends before the page, somebody has to count it.
        before = page.offset - _count(connection, asked, way, page) if page.offset and not some else 0
        # Up to a run, so that its statement is not kept: how many are left is another number each time.
        page = replace(page, offset=before, limit=page.limit - len(some), newest=page.newest or newest)
    return parts, newest


def ordered(connection: sa.Connection, asked: Question, experiments: list[int], most: int = _EVER) -> list[int]:
    """Return the keys of all runs of an answer in its order, or of the first ones."""
    seed = seed_of(connection, asked.tree, asked.given, asked.root, asked.first)
    keys: list[int] = []
    for way in ways(asked, seed) if seed != () else ():
        if len(keys) >= most:
            break
        page = Page(experiments, 0, most - len(keys)).values(asked)
        keys += loaded(connection.execute(_ordering(asked, way), page).scalar_one())
    return keys


def values(
    connection: sa.Connection, asked: Question, experiments: list[int], names: tuple[Name, ...]
) -> list[list[Any]]:
    """Return the values of some fields of all runs of an answer, one list a run; a metric's is followed by `is_nan`."""
    seed = seed_of(connection, asked.tree, asked.given, asked.root)
    if seed == ():
        return []
    text = connection.execute(_valued(asked, Way(seed), names), Page(experiments, 0, _EVER).values(asked)).scalar_one()
    rows: list[list[Any]] = loaded(text)
    return rows


def count(connection: sa.Connection, asked: Question, page: Page) -> int:
    """Return how many runs there are."""
    seed = seed_of(connection, asked.tree, asked.given, asked.root)
    return 0 if seed == () else _count(connection, asked, Way(seed), page)


def _count(connection: sa.Connection, asked: Question, way: Way, page: Page) -> int:
    counted: int = connection.execute(_counting(asked, way), page.values(asked)).scalar_one()
    return counted


@dataclass(frozen=True)
class Way:
    """One part of an answer: what it starts from, and which runs it has.

    `seed` are clauses one of which every run of the answer matches. `part` is ``value``, ``nan`` or ``absent``: the
    runs that have the first sort key as a number or text, as NaN, or not at all; empty for all runs.
    """

    seed: tuple[Literal, ...] | None = None
    part: str = ""


def ways(asked: Question, seed: tuple[Literal, ...] | None) -> Iterator[Way]:
    """Yield the parts of an answer, in the order of its first sort key."""
    name = asked.first
    if seed is not None and len(seed) == 1 and isinstance(seed[0], Comparison) and seed[0].name == name:
        seed = None  # the index of the sort key has just these runs, and in order
    if name is None or seed is not None:
        yield Way(seed)
        return
    yield Way(part="value")
    needs = _needs(asked.tree, name)
    if name.entity == "metric" and needs != "value":
        yield Way(part="nan")
    if not needs:
        yield Way(part="absent")


def _needs(node: Node, name: Name) -> str:
    """Return what a filter demands of a field: that it has a ``value``, that it is ``present``, or nothing."""
    if isinstance(node, And):
        return max((_needs(part, name) for part in node.parts), default="")
    if isinstance(node, Comparison) and node.name == name:
        return "value"
    return "present" if isinstance(node, Presence) and node.present and node.name == name else ""


def _without(node: Node, name: Name, *, present: bool) -> Node:
    """Return what a filter says of runs that have no value under a field, but, where `present`, NaN."""

    def known(leaf: Comparison | Presence) -> Node:
        if leaf.name != name:
            return leaf
        return And() if isinstance(leaf, Presence) and leaf.present is present else Or(())

    return changed(node, known)


# ------------------------------------------------------------------------------------- the statements


@lru_cache(256)
def _statement(asked: Question, way: Way, shape: Shape, size: Size) -> Query:
    query = runs_in_json(_page(asked, way, size), shape).add_columns(_newest())
    # How few runs a seed has is only known of its values.
    return planned_once(query) if size is Size.FIRST and way.seed is None else query


@lru_cache(64)
def _gathered(asked: Question, way: Way, size: Size, plain: bool) -> Query:
    return gathered(_page(asked, way, size), plain=plain).add_columns(_newest())


def _page(asked: Question, way: Way, size: Size) -> Query:
    query = _in_order(sa.select(*RUN_COLUMNS), asked, way, size)
    return query.limit(_of_page("many", sa.Integer, size)).offset(_of_page("start", sa.Integer, size))


def _of_page(
    name: str, kind: type[sa.types.TypeEngine[Any]], size: Size, *, expanding: bool = False
) -> sa.BindParameter[Any]:
    """Return a parameter of a page, which stands in the text of what is planned once."""
    return sa.bindparam(name, type_=kind(), expanding=expanding, literal_execute=size is Size.FIRST)


def _newest() -> sa.ScalarSelect[int]:
    return sa.select(sa.func.max(runs.c.run)).scalar_subquery()


@lru_cache(64)
def _ordering(asked: Question, way: Way) -> Query:
    # The limit is above all; without one, MySQL would leave a subquery's order out.
    query = _in_order(sa.select(runs.c.run), asked, way).limit(sa.bindparam("many", type_=sa.BigInteger))
    return sa.select(json_gathered(query.subquery().c.run))


@lru_cache(64)
def _valued(asked: Question, way: Way, names: tuple[Name, ...]) -> Query:
    place = runs_of_store(asked.root)
    columns: list[sa.ColumnElement[Any]] = []
    joins = []
    for name in names:
        if name.entity == "attribute":
            columns.append(place.attributes[name.key])
        else:
            table, joined = filters.joined_table(name, place)
            joins.append((table, joined))
            columns += [table.c.value]
            if name.entity == "metric":  # NaN is NULL, as is what is missing: the flag tells them apart
                columns[-1:] = [exact(table.c.value, table.c.is_nan), table.c.is_nan]
    query = matching(sa.select(*(column.label(f"v{i}") for i, column in enumerate(columns))), asked, way)[0]
    for table, joined in joins:
        query = query.outerjoin(table, joined)
    return in_json(query)


def _in_order(query: Query, asked: Question, way: Way, size: Size = Size.MANY) -> Query:
    query, orderings, _ = matching(query, asked, way, size)
    query = filters.order_by(query, orderings, runs_of_store(asked.root))
    if _START not in {ordering.name for ordering in asked.orderings}:
        query = query.order_by(runs.c.start_time.desc())
    return query.order_by(runs.c.run_id)


@lru_cache(256)
def _counting(asked: Question, way: Way) -> Query:
    return matching(sa.select(sa.func.count()), asked, way)[0].order_by(None)


def matching(
    query: Query, asked: Question, way: Way, size: Size = Size.MANY
) -> tuple[Query, Sequence[Ordering], filters.Joined]:
    """Return the query for the runs of a part, the sort keys that are left, and the table that has the first one."""
    place = replace(runs_of_store(asked.root), looked_up=size is not Size.MANY)
    joined: dict[Name, sa.FromClause] = {}
    query, orderings, tree = query.select_from(runs), asked.orderings, asked.tree
    if way.seed is not None:
        seeds = [owners_of(clause, place) for clause in way.seed]
        query = query.where(runs.c.run.in_(seeds[0] if len(seeds) == 1 else sa.union_all(*seeds)))
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
    return (
        query.where(
            experiment.in_(_of_page("experiments", sa.BigInteger, size, expanding=True)),
            stage.in_(asked.stages),
            aside(runs.c.run) <= _of_page("newest", sa.BigInteger, size),
            filters.where(tree, replace(place, attributes=_aside(place.attributes)), joined),
        ),
        orderings,
        joined,
    )


def _part(query: Query, first: Ordering, part: str, place: Place) -> tuple[Query, sa.FromClause]:
    """Return the query for runs that have the first sort key, in its order, as NaN, or not at all."""
    table = place.satellites[first.name.entity].table.alias()
    if part == "absent":
        return query.where(*lacks(table, first.name)), table
    # The index of keys and values leads; each of its runs is looked up.
    query = query.join(table, runs.c.run == aside(table.c.run)).where(table.c.key == first.name.key)
    value = table.c.value
    if part == "nan":
        return query.where(value.is_(None)), table
    query = query.where(value.is_not(None))
    for column in (leading(value), value) if place.satellites[first.name.entity].table in BY_START else (value,):
        query = query.order_by(column.asc() if first.ascending else column.desc())
    return query, table


def _aside(columns: Mapping[str, sa.ColumnElement[Any]]) -> dict[str, sa.ColumnElement[Any]]:
    # The index on start times is the one that gives runs in order.
    return {name: column if name == _START.key else aside(column) for name, column in columns.items()}
