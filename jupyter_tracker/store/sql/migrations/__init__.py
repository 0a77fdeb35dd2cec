"""Alembic's environment: what leads from each older schema to the present one.

Run by `store.sql.migrate`, never by hand; there is no alembic.ini. Every old schema is kept as a database in
`tests/golden/`, and every one must upgrade.

To add a migration: change `schema.py` and its `REVISION`, run `python -m jupyter_tracker.store.sql.ddl_writer`,
write `versions/r<number>_<what>.py` (tables are altered by `op.batch_alter_table`, as SQLite cannot otherwise),
and save a database of the revision before with `tests/golden/make.py`.
"""
