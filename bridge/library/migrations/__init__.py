"""The tables' history, for Alembic: each change of bridge.library.tables is a file in versions."""
