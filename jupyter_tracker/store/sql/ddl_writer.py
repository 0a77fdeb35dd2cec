"""Write `sqlite_ddl.py` from `schema.py`: `python -m jupyter_tracker.store.sql.ddl_writer`.

A script's first metric must not wait for SQLAlchemy's import, so a new store is made from plain text.
This is the only place that knows how that text comes about; a test holds text, schema and migrations
together.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from jupyter_tracker.store.sql import schema

_NOW_MS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

# What a new store holds beside its tables. No parameters: one text does for every store.
SEED = (
    "INSERT INTO store_info (key, value) VALUES ('store_id', lower(hex(randomblob(16))))",
    f"""INSERT INTO experiments
    (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
VALUES (0, 'Default', 'artifacts/0', 'active',
    {_NOW_MS},
    {_NOW_MS})""",  # noqa: S608 - our own text
)

_HEAD = '''"""The SQLite tables as plain text, for making a new store without SQLAlchemy.

Written by `python -m jupyter_tracker.store.sql.ddl_writer` from `schema.py`: change that, not this.
"""

from __future__ import annotations

REVISION = "{revision}"

# Run in one transaction on an empty database, in this order.
DDL: tuple[str, ...] = (
'''


def tables() -> list[str]:
    """Return the statements that make every table and index of `schema.py`, in order of dependency."""
    statements = []
    for table in schema.told("sqlite").sorted_tables:
        ours = [index for index in table.indexes if index.info.get("only_on", "sqlite") == "sqlite"]
        indexes = sorted(ours, key=lambda index: str(index.name))
        statements.append(_text(CreateTable(table)))
        statements += [_text(CreateIndex(index)) for index in indexes]
    return statements


def stamp(revision: str = schema.REVISION) -> tuple[str, str]:
    """Return the statements by which Alembic knows that the tables are of this revision."""
    table = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
    return table, f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')"  # noqa: S608 - our own number


def source() -> str:
    """Return the whole text of `sqlite_ddl.py`."""
    body = "".join(f"    {_literal(statement)},\n" for statement in (*tables(), *stamp(), *SEED))
    return f"{_HEAD.format(revision=schema.REVISION)}{body})\n"


def _text(element: CreateTable | CreateIndex) -> str:
    compiled = str(element.compile(dialect=sqlite.dialect()))
    lines = [line.rstrip().replace("\t", "    ") for line in compiled.strip().splitlines()]
    return "\n".join(lines).replace(")\n WITHOUT", ") WITHOUT")


def _literal(statement: str) -> str:
    if "\n" in statement:
        return '"""' + statement.replace("\n", "\n    ") + '"""'
    return f"'{statement}'" if '"' in statement else f'"{statement}"'


if __name__ == "__main__":
    Path(__file__).with_name("sqlite_ddl.py").write_text(source(), encoding="utf-8")
