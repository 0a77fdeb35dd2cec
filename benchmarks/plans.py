"""How a database answers: the plans of the very statements that a call sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# PostgreSQL also runs the statement, and tells the rows and the milliseconds that it took.
_EXPLAIN = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgresql": "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)",
    "mysql": "EXPLAIN",
}


def plans_of(engine: Any, call: Callable[[], object]) -> str:
    """Return the plan of each SELECT that a call sends through an engine of SQLAlchemy, with the settings it sends."""
    import sqlalchemy as sa

    sent: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH", "SET LOCAL")):
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", remember)
    try:
        call()
    finally:
        sa.event.remove(engine, "before_cursor_execute", remember)
    word = _EXPLAIN[engine.dialect.name]
    answers = []
    with engine.connect() as connection, connection.begin():
        for statement, values in sent:
            if statement.startswith("SET"):
                connection.exec_driver_sql(statement)
            else:
                answers.append(connection.exec_driver_sql(f"{word} {statement}", values).all())
    return "\n--\n".join("\n".join(_line(engine.dialect.name, row) for row in rows) for rows in answers)


def _line(dialect: str, row: Any) -> str:
    return str(row[-1]) if dialect in {"sqlite", "postgresql"} else " ".join(map(str, row))
