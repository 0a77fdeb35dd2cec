"""How a database answers: the plans of the very statements that a call sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# PostgreSQL also runs the statement, and tells the rows and the milliseconds that it took.
_EXPLAIN = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgresql": "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)",
    "mysql": "EXPLAIN",
}
_ANY_VALUES = "SET LOCAL plan_cache_mode = force_generic_plan"


def plans_of(engine: Any, call: Callable[[], object]) -> str:
    """Return the plan of each SELECT that a call sends through an engine of SQLAlchemy, with the settings it sends."""
    import sqlalchemy as sa

    from jupyter_tracker.store.sql.fetching import PLANNED_ONCE

    sent: list[tuple[str, Any, bool]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "WITH", "SET LOCAL")):
            kept = engine.dialect.name == "postgresql" and PLANNED_ONCE in context.execution_options
            sent.append((statement, parameters, kept))

    sa.event.listen(engine, "before_cursor_execute", remember)
    try:
        call()
    finally:
        sa.event.remove(engine, "before_cursor_execute", remember)
    answers = []
    with engine.connect() as connection, connection.begin():
        for statement, values, kept in sent:
            if statement.startswith("SET"):
                connection.exec_driver_sql(statement)
            elif kept:
                answers.append(_kept_plan(connection, statement, values))
            else:
                word = _EXPLAIN[engine.dialect.name]
                answers.append(connection.exec_driver_sql(f"{word} {statement}", values).all())
    return "\n--\n".join("\n".join(_line(engine.dialect.name, row) for row in rows) for rows in answers)


def _kept_plan(connection: Any, statement: str, values: Mapping[str, Any]) -> Any:
    """Return the plan that PostgreSQL has made for whatever values a statement is given."""
    from psycopg import sql

    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    text = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
    given = ", ".join(sql.Literal(values[name]).as_string() for name in names)
    cursor = connection.connection.driver_connection.cursor()
    cursor.execute(_ANY_VALUES)
    cursor.execute(f"PREPARE explained AS {text}")
    rows = cursor.execute(f"{_EXPLAIN['postgresql']} EXECUTE explained{f'({given})' if names else ''}").fetchall()
    cursor.execute("DEALLOCATE explained; SET LOCAL plan_cache_mode = auto")
    return rows


def _line(dialect: str, row: Any) -> str:
    return str(row[-1]) if dialect in {"sqlite", "postgresql"} else " ".join(map(str, row))
