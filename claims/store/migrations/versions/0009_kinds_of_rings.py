"""Names of the kinds of rings."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0009_kinds_of_rings.sql`."""
    script = Path(__file__).parents[1] / "0009_kinds_of_rings.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Name those of before as they were."""
    op.execute("UPDATE rings SET kind = 'lockstep' WHERE kind = 'card_collectors'")
