"""What Alembic runs: the migrations, on the connection and in the transaction of `migrate.upgrade`."""

from __future__ import annotations

from alembic import context

from jupyter_tracker.store.sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
