"""The search tree as SQL: what each operator means. `places` says where fields lie, `constructs` how to spell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import sqlalchemy as sa

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Or, Ordering, Presence, at_moment
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.constructs import dataset_context, ilike, last_of_each, like, number_in, on_postgresql
from jupyter_tracker.store.sql.fetching import Query
from jupyter_tracker.store.sql.given import Given, kind_of
from jupyter_tracker.store.sql.places import Place

Clause: TypeAlias = sa.ColumnElement[bool]
# Tables that a query has joined already, by the field whose value they hold: a clause about it needs no look-up.
Joined: TypeAlias = Mapping[Name, sa.FromClause]


def where(node: Node, place: Place, joined: Joined | None = None) -> Clause:
    """Return the condition that a filter's tree stands for, true or false of every row and never NULL."""
    return _where(at_moment(node, now_ms()), place, joined or {}, negated=False)


def _where(node: Node, place: Place, joined: Joined, *, negated: bool) -> Clause:
    if isinstance(node, Not):
        return _where(node.part, place, joined, negated=not negated)
    if isinstance(node, And | Or):
        parts = [_where(part, place, joined, negated=negated) for part in node.parts]
        return sa.and_(sa.true(), *parts) if isinstance(node, And) is not negated else sa.or_(sa.false(), *parts)
    if node.name in joined:
        holds = _value_holds(node, joined[node.name].c.value)
        # Of what is joined every value is there, but a text that is no number fails every comparison with one.
        return (
            sa.not_(sa.func.coalesce(holds, sa.false())) if negated and _may_be_null(node) else _signed(holds, negated)
        )
    if node.name.entity == "attribute":
        return _attribute(node, place.attributes[node.name.key], negated=negated)
    found = _dataset(node) if node.name.entity == "dataset" else _satellite(node, place)
    return _signed(found, negated)


def _signed(holds: Clause, negated: bool) -> Clause:
    return sa.not_(holds) if negated else holds


def _attribute(node: Comparison | Presence, column: sa.ColumnElement[Any], *, negated: bool) -> Clause:
    if isinstance(node, Presence):
        return column.is_not(None) if node.present is not negated else column.is_(None)
    holds = compare(column, node.operator, node.value)
    # What is missing fails every comparison, so that NOT matches it.
    return sa.or_(column.is_(None), sa.not_(holds)) if negated else holds


def _satellite(node: Comparison | Presence, place: Place) -> Clause:
    if isinstance(node, Presence):
        found = _exists(node.name, place, lambda _: sa.true())
        return found if node.present else sa.not_(found)
    found = _exists(node.name, place, lambda value: _value_holds(node, value))
    if node.operator == "!=" and node.name.entity == "tag" and node.name.key in place.absent_differs:
        return sa.or_(found, sa.not_(_exists(node.name, place, lambda _: sa.true())))
    return found


def _value_holds(node: Comparison | Presence, column: sa.ColumnElement[Any]) -> Clause:
    """Return the condition on the value of a satellite's row."""
    if isinstance(node, Presence):
        return sa.true() if node.present else sa.false()
    return compare(number_in(column) if _may_be_null(node) else column, node.operator, node.value)


def _may_be_null(node: Comparison | Presence) -> bool:
    """Tell whether a clause compares the number that a param or tag looks like, if it looks like one."""
    return isinstance(node, Comparison) and node.name.entity != "metric" and not is_text(node)


def is_text(node: Comparison) -> bool:
    """Tell whether a clause compares texts, not numbers."""
    return issubclass(kind_of(node), str)


def order_by(query: Query, orderings: Sequence[Ordering], place: Place) -> Query:
    """Return the query with its sort keys: missing values last in both directions, NaN just before them."""
    for ordering in orderings:
        query, column, rank = _sort_key(query, ordering.name, place)
        directed = column.asc() if ordering.ascending else column.desc()
        # What is never missing has no rank: an index may then give it in order.
        query = query.order_by(directed) if rank is None else query.order_by(rank, directed)
    return query


def compare(column: sa.ColumnElement[Any], operator: str, value: Any) -> Clause:
    """Return `column operator value`; a value may be `Given`."""
    return _OPERATORS[operator](column, _operand(column, value))


def _operand(column: sa.ColumnElement[Any], value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_operand(column, one) for one in value)
    return value.bound(column) if isinstance(value, Given) else value


_OPERATORS: dict[str, Callable[[sa.ColumnElement[Any], Any], Clause]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "IN": lambda column, value: column.in_(value),
    "NOT IN": lambda column, value: column.not_in(value),
    "BETWEEN": lambda column, value: column.between(*value),
    "NOT BETWEEN": lambda column, value: sa.not_(column.between(*value)),
    "LIKE": like,
    "NOT LIKE": lambda column, value: sa.not_(like(column, value)),
    "ILIKE": ilike,
    "NOT ILIKE": lambda column, value: sa.not_(ilike(column, value)),
}


def _exists(name: Name, place: Place, condition: Callable[[sa.ColumnElement[Any]], Clause]) -> Clause:
    table, joined = joined_table(name, place)
    holds = condition(table.c.value)
    return sa.exists().where(joined, last_of_each(holds) if place.looked_up else holds)


def owners(node: Comparison | Presence, place: Place, *, negated: bool = False) -> sa.Select[tuple[Any]]:
    """Return the query for the keys of the rows that a clause on a satellite or a data set matches.

    Where `negated`, of those that have a value under the field, but one that does not match.
    """
    if node.name.entity == "dataset":
        inputs, datasets, holds = _dataset_parts(node)
        return sa.select(inputs.c.run).where(datasets.c.dataset == inputs.c.dataset, holds)
    satellite = place.satellites[node.name.entity]
    table = satellite.table.alias()
    holds = _value_holds(node, table.c.value)
    # NaN, and a text that is no number, fail every comparison.
    if negated:
        conditions = [sa.not_(sa.func.coalesce(holds, sa.false()))]
    else:
        conditions = [*_by_start(node, table.c.value), holds] if satellite.table in s.BY_START else [holds]
    return sa.select(table.c[satellite.joins[0][0]]).where(table.c.key == node.name.key, *conditions)


def _by_start(node: Comparison | Presence, column: sa.ColumnElement[Any]) -> list[Clause]:
    """Return the condition by which PostgreSQL's index, which has the beginning of each value, finds equal ones."""
    if isinstance(node, Presence) or node.operator not in {"=", "IN"} or not is_text(node):
        return []
    # Where a search starts is asked of a form, whose values are taken out.
    return [on_postgresql(s.start_of(column).in_(cast("Given", node.value).start()))]


def joined_table(name: Name, place: Place) -> tuple[sa.FromClause, Clause]:
    """Return the table that holds a key's value, and when a row of it is the searched noun's."""
    satellite = place.satellites[name.entity]
    table = satellite.table.alias()
    return table, sa.and_(*(table.c[column] == owner for column, owner in satellite.joins), table.c.key == name.key)


def _dataset(node: Comparison | Presence) -> Clause:
    inputs, datasets, holds = _dataset_parts(node)
    found = sa.exists().where(inputs.c.run == s.runs.c.run, datasets.c.dataset == inputs.c.dataset, holds)
    return sa.not_(found) if isinstance(node, Presence) and not node.present else found


def _dataset_parts(node: Comparison | Presence) -> tuple[sa.FromClause, sa.FromClause, Clause]:
    inputs, datasets = s.inputs.alias(), s.datasets.alias()
    column = dataset_context(inputs.c.tags) if node.name.key == "context" else datasets.c[node.name.key]
    holds = column.is_not(None) if isinstance(node, Presence) else compare(column, node.operator, node.value)
    return inputs, datasets, holds


def _sort_key(
    query: Query, name: Name, place: Place
) -> tuple[Query, sa.ColumnElement[Any], sa.ColumnElement[Any] | None]:
    if name.entity == "attribute":
        column = place.attributes[name.key]
        return query, column, None if getattr(column, "nullable", True) is False else column.is_(None)
    table, joined = joined_table(name, place)
    query = query.outerjoin(table, joined)
    if name.entity == "metric":
        rank: sa.ColumnElement[Any] = sa.case((table.c.value.is_not(None), 0), (table.c.is_nan, 1), else_=2)
    else:
        rank = table.c.value.is_(None)
    return query, table.c.value, rank
