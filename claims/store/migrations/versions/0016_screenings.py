"""Screenings of a past period with all rules."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0016_screenings.sql`."""
    script = Path(__file__).parents[1] / "0016_screenings.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE screen_hits")
    op.execute("DROP TABLE screenings")
