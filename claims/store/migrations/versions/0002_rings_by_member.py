"""An index on the members of rings."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index of `0002_rings_by_member.sql`."""
    script = Path(__file__).parents[1] / "0002_rings_by_member.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.drop_index("rings_by_member")
