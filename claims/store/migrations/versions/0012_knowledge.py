"""The published knowledge tables."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0012_knowledge.sql`."""
    script = Path(__file__).parents[1] / "0012_knowledge.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE knowledge")
    op.execute("DROP TABLE knowledge_batches")
