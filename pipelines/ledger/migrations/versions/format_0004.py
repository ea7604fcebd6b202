"""The fourth format stores who acknowledged an alert, with a comment, and who withdrew it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the log of acknowledgements, with those of earlier formats: their moments, of nobody in particular."""
    moment = sa.DateTime(timezone=True)
    log = op.create_table(
        "acknowledgement",
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.String, sa.ForeignKey("alert.alert_id"), nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("person", sa.String),
        sa.Column("comment", sa.Text),
    )
    op.create_index("acknowledgement_by_alert", "acknowledgement", ["alert_id", "position"])
    alert = sa.table("alert", sa.column("alert_id", sa.String), sa.column("acknowledged_at", moment))
    known = (
        sa.select(alert.c.alert_id, sa.literal("acknowledged"), alert.c.acknowledged_at)
        .where(alert.c.acknowledged_at.is_not(None))
        .order_by(alert.c.acknowledged_at, alert.c.alert_id)
    )
    op.execute(log.insert().from_select(["alert_id", "action", "at"], known))
