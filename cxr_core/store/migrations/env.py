"""What Alembic runs: the migrations, on the connection that it is handed."""

from alembic import context

from cxr_core.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a column by making the table anew
)
context.run_migrations()
