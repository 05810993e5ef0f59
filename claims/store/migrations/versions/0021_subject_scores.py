"""What models said about patients, doctors and institutions at a day."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0021_subject_scores.sql`."""
    script = Path(__file__).parents[1] / "0021_subject_scores.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE subject_scores")
    op.execute("DROP TABLE subject_scorings")
