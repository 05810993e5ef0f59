"""Columns of local knowledge tables, and the grade of antibiotics that a doctor may prescribe."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0013_more_knowledge.sql`."""
    script = Path(__file__).parents[1] / "0013_more_knowledge.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE knowledge DROP COLUMN codes, DROP COLUMN most_fen")
    op.execute("ALTER TABLE staff DROP COLUMN antibiotic_level")
