"""The second format adds silences."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of silences."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "silence",
        sa.Column("silence_id", sa.Integer, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("segment", sa.String),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
    )
