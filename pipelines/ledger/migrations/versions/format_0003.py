"""The third format stores when a message was attempted, and calls a failure of the pipeline an outage."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, renames a table, and marks the ledger so that earlier versions of Vigie refuse it."""
    op.add_column("outbox", sa.Column("attempted_at", sa.DateTime(timezone=True)))
    op.rename_table("trouble", "outage")
    meta = sa.table("meta", sa.column("key", sa.String), sa.column("value", sa.String))
    op.execute(meta.delete().where(meta.c.key == "schema_version"))
    op.bulk_insert(meta, [{"key": "schema_version", "value": "3"}])
