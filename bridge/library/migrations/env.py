"""Runs the migrations on the connection it is handed (bridge.library.database)."""

from __future__ import annotations

from alembic import context

from bridge.library.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot change a table in place
    transactional_ddl=True,  # SQLite can: a killed migration leaves the version before
)
context.run_migrations()
