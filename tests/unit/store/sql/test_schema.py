"""The tables exist three times: as metadata, as plain text and as migrations. Here they are held together."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from jupyter_tracker.store.sql import column_types, ddl_writer, migrate, schema, sqlite_ddl
from jupyter_tracker.store.sql.connection import connect
from jupyter_tracker.store.sql.engine import engine_of


def shape(path):
    """Return every table and index of a database file, without regard to white space."""
    connection = connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return {name: re.sub(r"\s+", "", sql).replace('"', "") for name, sql in rows}


@pytest.fixture
def from_text(tmp_path):
    path = tmp_path / "text.db"
    connection = connect(path)
    for statement in sqlite_ddl.DDL:
        connection.execute(statement)
    connection.close()
    return path


@pytest.fixture
def from_migrations(tmp_path):
    path = tmp_path / "migrations.db"
    migrate.upgrade_file(path)
    return path


def test_the_text_is_what_the_writer_writes():
    written = Path(sqlite_ddl.__file__).read_text(encoding="utf-8")
    assert written == ddl_writer.source(), "run python -m jupyter_tracker.store.sql.ddl_writer"


def test_the_text_makes_the_tables_of_the_metadata(from_text, tmp_path):
    path = tmp_path / "metadata.db"
    engine = engine_of(path)
    schema.metadata.create_all(engine)
    engine.dispose()
    made = shape(from_text)
    del made["alembic_version"]
    assert made == shape(path)
    assert set(schema.metadata.tables) <= set(made)


def test_the_migrations_make_the_same_as_the_text(from_text, from_migrations):
    assert shape(from_migrations) == shape(from_text)


def test_both_begin_with_the_same_rows(from_text, from_migrations):
    for path in (from_text, from_migrations):
        connection = connect(path)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(schema.REVISION,)]
        ((key, store_id),) = connection.execute("SELECT key, value FROM store_info").fetchall()
        assert key == "store_id"
        assert re.fullmatch(r"[0-9a-f]{32}", store_id)
        ((number, name, location, stage, created, updated),) = connection.execute("SELECT * FROM experiments")
        assert (number, name, location, stage) == (0, "Default", "artifacts/0", "active")
        assert created == updated
        assert 1_700_000_000_000 < created < 5_000_000_000_000
        connection.close()


def test_every_foreign_key_has_an_index_to_follow_it():
    """Without one, deleting a run would read whole tables."""
    missing = []
    for table in schema.metadata.tables.values():
        leading = [next(iter(index.columns)).name for index in table.indexes]
        leading += [column.name for column in list(table.primary_key.columns)[:1]]
        leading += [
            next(iter(constraint.columns)).name
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint)
        ]
        missing += [f"{table.name}.{key.parent.name}" for key in table.foreign_keys if key.parent.name not in leading]
    # model_version_tags follows its version by both columns of its key; journals are few.
    assert sorted(missing) == ["journals.run", "model_version_tags.version"]


def test_the_types_of_mysql_are_what_they_have_always_been():
    """Migrations use them: what they make today must be what they made before."""
    dialect = mysql.dialect()
    made = {kind.compile(dialect=dialect) for kind in (column_types.text(), column_types.words(20_000))}
    assert made == {"LONGTEXT"} == {mysql.LONGTEXT().compile(dialect=dialect)}
    assert column_types.blob().compile(dialect=dialect) == "LONGBLOB" == mysql.LONGBLOB().compile(dialect=dialect)
    assert column_types.is_nan().compile(dialect=dialect) == mysql.TINYINT(1).compile(dialect=dialect)
    assert column_types.words(250).compile(dialect=dialect) == "VARCHAR(250)"
