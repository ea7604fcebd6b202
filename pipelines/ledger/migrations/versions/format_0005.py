"""The fifth format stores receipts, the incident of each message, and the pictures of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns and the table. Messages of earlier formats have no receipt, so their incident is not needed."""
    op.add_column("outbox", sa.Column("incident", sa.String))
    op.add_column("outbox", sa.Column("receipt", sa.JSON))
    op.create_index("outbox_by_incident", "outbox", ["incident", "channel", "position"])
    op.create_table(
        "outbox_picture",
        sa.Column("message_id", sa.String, sa.ForeignKey("outbox.message_id"), primary_key=True),
        sa.Column("png", sa.LargeBinary, nullable=False),
    )
