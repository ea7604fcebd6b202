"""What Alembic runs for each command: the migrations, on the connection and in the transaction of the caller."""

from alembic import context

from pipelines.ledger.migrations import VERSION_TABLE
from pipelines.ledger.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    # SQLite changes tables in transactions too; Alembic assumes that it does not.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
