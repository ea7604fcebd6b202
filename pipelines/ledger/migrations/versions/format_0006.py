"""The sixth format stores alerts about missing data, which have no value and no threshold."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allows alerts without numbers."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for column in ("value", "threshold", "peak_value"):
        if is_sqlite:
            _replace_in_sqlite(column)
        else:
            op.alter_column("alert", column, existing_type=sa.Double(), nullable=True)


def _replace_in_sqlite(column: str) -> None:
    """Replaces a column: SQLite cannot change one, and a copy of the table would break the references to it."""
    new = f"new_{column}"
    op.add_column("alert", sa.Column(new, sa.Double))
    alert = sa.table("alert", sa.column(column), sa.column(new))
    op.execute(alert.update().values({new: alert.c[column]}))
    op.drop_column("alert", column)
    op.alter_column("alert", new, new_column_name=column)
