"""The seventh format stores why a message waits, and the alerts of messages about several."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns and the table. Messages of earlier formats wait for nothing and are about one alert at most."""
    op.add_column("outbox", sa.Column("not_before", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("held_by", sa.String))
    op.create_table(
        "outbox_alert",
        sa.Column("message_id", sa.String, sa.ForeignKey("outbox.message_id"), primary_key=True),
        sa.Column("alert_id", sa.String, sa.ForeignKey("alert.alert_id"), primary_key=True),
    )
    op.create_index("outbox_alert_by_alert", "outbox_alert", ["alert_id"])
