"""Where a search for runs starts: clauses that few runs match, found by counting at most `RARE` of them.

Half of the clauses have an index that leads to their runs. The others, such as LIKE, a number in a param, or what NOT
leaves, are counted only where those with an index gave nothing: all values of a key are looked at for them.
That a clause has many is remembered for a while: where it has few by then the answer is the same, and takes longer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Or, Presence
from jupyter_tracker.store.sql import filters
from jupyter_tracker.store.sql.fetching import Query
from jupyter_tracker.store.sql.given import put_back
from jupyter_tracker.store.sql.places import Place, runs_of_store
from jupyter_tracker.store.sql.schema import runs

# A clause of fewer runs is where a search starts: to look up their fields takes 3 ms at most.
RARE = 1000
# PostgreSQL, which does not know how key and value go together, expects fewer rows than `RARE` and reads all of them,
# or the whole table: 8 ms. The index alone stops at `RARE`: 1.8 ms.
_PLAIN_INDEX = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off"
_ANY_PLAN = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on"
_RUN_ID = Name("attribute", "run_id")
_STATUS = Name("attribute", "status")
_REMEMBERED_S: Final = 30.0
_MAX_REMEMBERED: Final = 1000
_BY_INDEX = ("=", "IN")
_RANGES = (*_BY_INDEX, ">", ">=", "<", "<=", "BETWEEN")

Clause: TypeAlias = Comparison | Presence
# A clause, or what it does not match.
Literal: TypeAlias = Comparison | Presence | Not


# By database: which clauses have `RARE` runs or more, and until when that is taken for granted.
_MANY: WeakKeyDictionary[sa.Engine, dict[Node, float]] = WeakKeyDictionary()


def seed_of(
    connection: sa.Connection, tree: Node, given: Mapping[str, Any], root: Path, first: Name | None = None
) -> tuple[Literal, ...] | None:
    """Return clauses of few runs, one of which every run of the answer matches; `()` where no run does.

    `tree` is a filter's form, `given` its values. None where every clause has many. Where the answer is in the order of
    `first`, clauses that bound it are not counted: its index is walked from there in any case.
    """
    counts: dict[Literal, int] = {}
    many, now = _MANY.setdefault(connection.engine, {}), time.monotonic()
    bounds = {part for part in (tree.parts if isinstance(tree, And) else (tree,)) if _bounds(part, first)}
    literals = tuple(dict.fromkeys(literal for literal in _literals(tree) if literal not in bounds))
    literals = tuple(literal for literal in literals if many.get(put_back(literal, given), 0.0) < now)
    for by_index in (True, False):
        clauses = tuple(literal for literal in literals if _is_indexed(literal) is by_index)
        # Is it worth counting? Not if there are many runs whatever comes out.
        if clauses and _seed(tree, {**counts, **dict.fromkeys(clauses, 0)}) is not None:
            numbers = _counted(connection, clauses, given, root, by_index=by_index)
            counts |= {clause: number for clause, number in zip(clauses, numbers, strict=True) if number < RARE}
            if len(many) > _MAX_REMEMBERED:
                many.clear()
            many |= {put_back(clause, given): now + _REMEMBERED_S for clause in clauses if clause not in counts}
            seed = _seed(tree, counts)
            if seed is not None:
                return seed[1] if seed[0] else ()
    return None


def _bounds(node: Node, first: Name | None) -> bool:
    return isinstance(node, Comparison) and node.name == first and _is_indexed(node)


def _counted(
    connection: sa.Connection, clauses: tuple[Literal, ...], given: Mapping[str, Any], root: Path, *, by_index: bool
) -> Sequence[int]:
    plain = by_index and connection.dialect.name == "postgresql"
    if plain:
        connection.exec_driver_sql(_PLAIN_INDEX)
    numbers = connection.execute(_probes(clauses, root), given).one()
    if plain:
        connection.exec_driver_sql(_ANY_PLAN)
    return numbers


def _seed(node: Node, counts: dict[Literal, int], *, negated: bool = False) -> tuple[int, tuple[Literal, ...]] | None:
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
    literal = _literal(node, negated=negated)
    return (counts[literal], (literal,)) if literal in counts else None


def _literals(node: Node, *, negated: bool = False) -> Iterator[Literal]:
    if isinstance(node, Not):
        yield from _literals(node.part, negated=not negated)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _literals(part, negated=negated)
    else:
        yield _literal(node, negated=negated)


def _literal(clause: Clause, *, negated: bool) -> Literal:
    if isinstance(clause, Presence) and not clause.present:
        clause, negated = replace(clause, present=True), not negated
    return Not(clause) if negated else clause


def _is_indexed(literal: Literal) -> bool:
    """Tell whether an index leads to a clause's runs; else all values of a key are looked at, or all runs."""
    if isinstance(literal, Not):
        return False
    if isinstance(literal, Presence):
        return literal.name.entity != "attribute"
    if literal.name.entity == "metric":
        return literal.operator in _RANGES
    if literal.name.entity == "attribute":
        return literal.name in {_RUN_ID, _STATUS} and literal.operator in _BY_INDEX
    return literal.operator in _BY_INDEX and (literal.name.entity == "dataset" or filters.is_text(literal))


@lru_cache(256)
def _probes(clauses: tuple[Literal, ...], root: Path) -> Query:
    bounded = [owners_of(clause, runs_of_store(root)).limit(RARE).subquery() for clause in clauses]
    return sa.select(*(sa.select(sa.func.count()).select_from(some).scalar_subquery() for some in bounded))


def owners_of(literal: Literal, place: Place) -> sa.Select[tuple[Any]]:
    """Return the query for the keys of the runs that a clause, or what it leaves, has."""
    clause = cast("Clause", literal.part) if isinstance(literal, Not) else literal
    if clause.name.entity == "attribute" or (clause.name.entity == "dataset" and clause is not literal):
        return sa.select(runs.c.run).where(filters.where(literal, place))
    if clause is literal:
        return filters.owners(clause, place)
    # Runs that have another value, and runs that have none.
    others = filters.owners(clause, place, negated=True)
    table = place.satellites[clause.name.entity].table.alias()
    both = sa.union_all(others, sa.select(runs.c.run).where(*lacks(table, clause.name))).subquery()
    return sa.select(both.c[0])


def lacks(table: sa.FromClause, name: Name) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions on `runs` for a run without a key."""
    # Where as many runs have the key as there are, as in most stores, nobody needs to look at each.
    some = sa.select(sa.func.count()).where(table.c.key == name.key).scalar_subquery()
    every = sa.select(sa.func.count()).select_from(runs.alias()).scalar_subquery()
    return every > some, ~sa.exists().where(table.c.run == runs.c.run, table.c.key == name.key)
