"""Patients' packed past, and a mark that changes with the registers."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what `0004_packed_past.sql` says."""
    script = Path(__file__).parents[1] / "0004_packed_past.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it; the past is packed again from the claims."""
    for table in ("institutions", "departments", "staff", "catalogue"):
        op.execute(f"DROP TRIGGER changed ON {table}")
    op.execute("DROP FUNCTION registers_changed")
    op.drop_table("register_version")
    op.drop_table("patient_pasts")
