"""Claims of an institution by their amount."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index of `0008_claims_by_amount.sql`."""
    script = Path(__file__).parents[1] / "0008_claims_by_amount.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.drop_index("claims_by_amount")
