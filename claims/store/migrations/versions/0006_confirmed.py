"""Findings of violations by patient, doctor and institution."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create and fill the table of `0006_confirmed.sql`."""
    script = Path(__file__).parents[1] / "0006_confirmed.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TRIGGER confirm_verdicts ON verdicts")
    op.execute("DROP FUNCTION confirm_verdicts")
    op.drop_index("verdicts_by_replaced")
    op.drop_table("confirmed")
