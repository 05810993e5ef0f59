"""Tables learned from whole months."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of `0005_closed_day.sql`."""
    script = Path(__file__).parents[1] / "0005_closed_day.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("feature_closed")
