"""The first format: states of series, alerts, outbox, exports, failures of the pipeline."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "meta",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "series_state",
        sa.Column("rule", sa.String, primary_key=True),
        sa.Column("kpi", sa.String, primary_key=True),
        sa.Column("grain", sa.String, primary_key=True),
        sa.Column("segment_type", sa.String, primary_key=True),
        sa.Column("segment", sa.String, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("kpi", sa.String, nullable=False),
        sa.Column("grain", sa.String, nullable=False),
        sa.Column("segment_type", sa.String, nullable=False),
        sa.Column("segment", sa.String, nullable=False),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("fired_at", moment, nullable=False),
        sa.Column("acknowledged_at", moment),
        sa.Column("resolved_at", moment),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("peak_value", sa.Double, nullable=False),
        sa.Column("messages_sent", sa.Integer, nullable=False),
        sa.Column("opened_period", sa.Date, nullable=False),
        sa.Column("breached_periods", sa.Integer, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.String, primary_key=True),
        sa.Column("dedup_key", sa.String, nullable=False, unique=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("alert_id", sa.String, sa.ForeignKey("alert.alert_id")),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", moment, nullable=False),
        sa.Column("lease_until", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("sent_at", moment),
        sa.Column("last_error", sa.Text),
    )
    op.create_index("outbox_by_state", "outbox", ["state", "position"])
    op.create_index("outbox_by_alert", "outbox", ["alert_id", "channel", "position"])
    op.create_table(
        "export_log",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("tick", moment, primary_key=True),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
    )
    op.create_table(
        "trouble",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("since", moment, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
    )
