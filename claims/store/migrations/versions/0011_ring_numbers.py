"""The number of a patient's ring."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0011_ring_numbers.sql`."""
    script = Path(__file__).parents[1] / "0011_ring_numbers.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Cut it off."""
    op.execute("DROP INDEX node_columns_in_ring")
    op.execute("UPDATE node_columns SET values = values[1:11] WHERE node_kind = 'patient'")
