"""What became of models, retrainings, shadow scores, and what the watch found."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0020_learning.sql`."""
    script = Path(__file__).parents[1] / "0020_learning.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them; rows that only the new ledger knows go with them."""
    op.execute("DROP TABLE watch_reports")
    op.execute("DROP TABLE shadow_scores")
    op.execute("DROP TABLE retrainings")
    op.execute("ALTER TABLE promotions DROP COLUMN previous_id")
    op.execute("DELETE FROM promotions WHERE what NOT IN ('promoted', 'rolled_back')")
    op.execute("ALTER TABLE promotions DROP COLUMN what, DROP COLUMN needs_second")
