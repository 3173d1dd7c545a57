"""Alembic's entry: runs the steps on the connection that the store hands over, or on `sqlalchemy.url`."""

from alembic import context
from sqlalchemy import Connection, create_engine

from beadwatch.storage.tables import Base


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect() as opened:
        _run(opened)
