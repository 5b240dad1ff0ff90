"""Runs migrations on the connection that `storage.migrate` hands over."""

from alembic import context

from connector.storage.metadata import metadata
from connector.storage.migrations.tables import load

load()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
