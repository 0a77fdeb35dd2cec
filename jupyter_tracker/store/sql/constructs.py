"""What databases spell differently, one construct each: the rest of a search is plain SQLAlchemy.

To add a database: its form in each of these. To add a construct: a call of `_construct`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from jupyter_tracker.store.sql.column_types import INFINITE
from jupyter_tracker.store.sql.connection import sqlite3
from jupyter_tracker.store.sql.schema import INDEXED

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

Construct: TypeAlias = type[FunctionElement[Any]]

# What looks like a number, as SQLite's own conversion has it: spaces around it do not matter.
_NUMBER = "^[ \t\n\r]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \t\n\r]*$"
# What PostgreSQL casts to a double without being asked how large it is, if it is no longer than that, and the marks of
# what it would refuse to cast. It makes a pattern's automaton at each row: bounds as large as that took 20 µs.
_PLAIN = "^[ \t\n\r]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9][0-9]?)?[ \t\n\r]*$"
_LONGEST = 150
_ZERO = "^[ \t\n\r]*[+-]?[0.]*([eE].*)?[ \t\n\r]*$"
_TINY = "[eE]-0*[1-9][0-9]{{3,}}"
_HUGE = "[eE][+]?0*[1-9][0-9]{{3,}}"
# Since SQLite 3.53 a float is written with the digits that make it unique; before, it was cut to 15.
FLOATS_IN_JSON = sqlite3.sqlite_version_info >= (3, 53)


# A number beyond what a double holds is an error of the whole statement there: it is infinite here, or zero.
_DOUBLE = (
    f"(CASE WHEN LENGTH({{0}}) <= {_LONGEST} AND {{0}} ~ '{_PLAIN}' THEN CAST({{0}} AS DOUBLE PRECISION) "
    f"WHEN {{0}} !~ '{_NUMBER}' THEN NULL "
    f"WHEN {{0}} ~ '{_ZERO}' OR {{0}} ~ '{_TINY}' THEN 0 "
    f"WHEN {{0}} ~ '{_HUGE}' OR ABS(CAST({{0}} AS NUMERIC)) > 1.7976931348623157e308 "
    "THEN CAST(CASE WHEN {0} ~ '^[ \t\n\r]*-' THEN '-Infinity' ELSE 'Infinity' END AS DOUBLE PRECISION) "
    "WHEN ABS(CAST({0} AS NUMERIC)) < 2.3e-308 THEN 0 ELSE CAST({0} AS DOUBLE PRECISION) END)"
)


def _construct(name: str, kind: Any, sqlite: str, postgresql: str, mysql: str) -> Construct:
    """Return a function of SQL: `{0}` is its first argument, `{all}` stands for all of them."""
    made = type(name, (FunctionElement,), {"type": kind, "inherit_cache": True, "name": name})

    def form(element: Any, compiler: SQLCompiler, text: str, **options: Any) -> str:
        parts = [compiler.process(clause, **options) for clause in element.clauses] if "{" in text else []
        return text.format(*parts, all=", ".join(parts))

    for dialect, text in (("sqlite", sqlite), ("postgresql", postgresql), ("mysql", mysql), ("mariadb", mysql)):
        compiles(made, dialect)(
            lambda element, compiler, text=text, **options: form(element, compiler, text, **options)
        )
    return made


# `like(column, pattern)` minds case and knows no escape, as in MLflow. SQLite's LIKE does not mind it, its GLOB does.
_like = _construct(
    "like",
    sa.Boolean(),
    sqlite="({0} GLOB {1})",
    postgresql="({0} LIKE {1} ESCAPE '')",
    mysql="({0} LIKE {1} COLLATE utf8mb4_bin ESCAPE '|')",
)

# `ilike(column, pattern)` does not mind case; of letters beyond ASCII that is the database's own affair.
_ilike = _construct(
    "ilike",
    sa.Boolean(),
    sqlite="({0} LIKE {1})",
    postgresql="({0} ILIKE {1} ESCAPE '')",
    mysql="(LOWER({0}) LIKE LOWER({1}) ESCAPE '|')",
)

# `number_in(column)` is the number that a text looks like, NULL where it looks like none. Beside a number SQLite
# reads a text as one only where all of it is one; every other text is above infinity.
number_in = _construct(
    "number_in",
    sa.Double(),
    sqlite="(CASE WHEN {0} <= CAST(9e999 AS REAL) THEN CAST({0} AS NUMERIC) END)",
    postgresql=_DOUBLE,
    mysql=f"(CASE WHEN {{0}} REGEXP '{_NUMBER}' THEN CAST({{0}} AS DOUBLE) END)",
)

# `has_scheme(column)`: a location is a URI and no path.
has_scheme = _construct(
    "has_scheme",
    sa.Boolean(),
    sqlite="({0} GLOB '[A-Za-z][A-Za-z]*:*')",
    postgresql="({0} ~ '^[A-Za-z][A-Za-z].*:')",
    mysql="({0} REGEXP '^[A-Za-z][A-Za-z].*:')",
)

# `dataset_context(tags)`: the tag of an input that says what it was for.
dataset_context = _construct(
    "dataset_context",
    sa.Text(),
    sqlite="""json_extract({0}, '$."mlflow.data.context"')""",
    postgresql="(CAST({0} AS JSON) ->> 'mlflow.data.context')",
    mysql="""JSON_UNQUOTE(JSON_EXTRACT({0}, '$."mlflow.data.context"'))""",
)

# `on_postgresql(condition)`: what helps PostgreSQL to an index, and says nothing that the query does not say already.
on_postgresql = _construct("on_postgresql", sa.Boolean(), sqlite="1", postgresql="({0})", mysql="1")

# `last_of_each(condition)`: the last condition of an EXISTS that is to be answered for each row by itself. PostgreSQL
# joins the whole table otherwise, as it does not know that the first few rows are enough.
last_of_each = _construct("last_of_each", sa.Boolean(), sqlite="({0})", postgresql="({0}) OFFSET 0", mysql="({0})")

# `leading(value)`: what PostgreSQL's index on a column of `schema.BY_START` has; in the order of the values themselves.
leading = _construct("leading", sa.Text(), sqlite="{0}", postgresql=f"left({{0}}, {INDEXED})", mysql="{0}")

_aside = _construct("aside", sa.types.NullType(), sqlite="+{0}", postgresql="{0}", mysql="{0}")

# `json_list(a, b, …)`: these values as one JSON array.
json_list = _construct(
    "json_list",
    sa.Text(),
    sqlite="json_array({all})",
    postgresql="json_build_array({all})",
    mysql="JSON_ARRAY({all})",
)

# `json_gathered(value)`: the values of all rows as one JSON array, `[]` where there is no row.
json_gathered = _construct(
    "json_gathered",
    sa.Text(),
    sqlite="json_group_array({0})",
    postgresql="COALESCE(json_agg({0}), '[]')",
    mysql="COALESCE(JSON_ARRAYAGG({0}), JSON_ARRAY())",
)

# `texts_gathered(text)`: the texts of all rows with U+001F between them, NULL where there is no row.
texts_gathered = _construct(
    "texts_gathered",
    sa.Text(),
    sqlite="group_concat({0}, char(31))",
    postgresql="string_agg(CAST({0} AS TEXT), chr(31))",
    mysql="GROUP_CONCAT({0} SEPARATOR '\x1f')",
)

# `json_mapping(key, value)`: the keys and values of all rows as one JSON object, `{}` where there is no row.
json_mapping = _construct(
    "json_mapping",
    sa.Text(),
    sqlite="json_group_object({0}, {1})",
    postgresql="COALESCE(json_object_agg({0}, {1}), '{{}}')",
    mysql="COALESCE(JSON_OBJECTAGG({0}, {1}), JSON_OBJECT())",
)

# `exact(value, is_nan)`: a metric so that JSON carries it unchanged, as a number or as text: `fetching.float_of` reads
# both. MySQL has no infinity, and JSON of MariaDB no more than 15 digits.
exact = _construct(
    "exact",
    sa.Text(),
    # NULL must stay NULL: printf would make it 0.
    sqlite="{0}" if FLOATS_IN_JSON else "(CASE WHEN {0} IS NOT NULL THEN printf('%!.20g', {0}) END)",
    postgresql="{0}",
    mysql=f"CASE WHEN {{1}} = {INFINITE} THEN IF({{0}} > 0, 'inf', '-inf') ELSE CAST({{0}} AS CHAR) END",
)


def like(column: sa.ColumnElement[Any], pattern: str | sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Return `column LIKE pattern`, minding case in every database."""
    return _like(column, _bound(pattern, _Pattern()))


def ilike(column: sa.ColumnElement[Any], pattern: str | sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Return `column ILIKE pattern`, minding no case."""
    return _ilike(column, _bound(pattern, _CaselessPattern()))


def _bound(pattern: str | sa.BindParameter[str], kind: sa.types.TypeEngine[str]) -> sa.BindParameter[str]:
    if isinstance(pattern, sa.BindParameter):
        return sa.bindparam(pattern.key, type_=kind)
    return sa.bindparam(None, pattern, kind, unique=True)


def aside(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column to which no index is to lead.

    Without statistics SQLite's planner prefers any index to walking another one in order. Databases that keep
    statistics know better.
    """
    element: FunctionElement[Any] = _aside(column)
    element.type = column.type
    return element


def glob_of(pattern: str) -> str:
    """Return a LIKE pattern as SQLite's GLOB has it."""
    escaped = re.sub(r"[*?\[]", lambda match: f"[{match.group()}]", pattern)
    return escaped.replace("%", "*").replace("_", "?")


class _CaselessPattern(sa.types.TypeDecorator[str]):
    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        # MariaDB has an escape whatever it is told, so it gets one that is escaped.
        return value.replace("|", "||") if value is not None and dialect.name == "mysql" else value


class _Pattern(_CaselessPattern):
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        value = super().process_bind_param(value, dialect)
        return glob_of(value) if value is not None and dialect.name == "sqlite" else value
