"""The claims that came since a past was packed, in a column of their own."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change what `0007_added_past.sql` says."""
    script = Path(__file__).parents[1] / "0007_added_past.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it; a past without them would be wrong, so all are read from the claims again."""
    op.execute("DELETE FROM patient_pasts")
    op.drop_column("patient_pasts", "added")
