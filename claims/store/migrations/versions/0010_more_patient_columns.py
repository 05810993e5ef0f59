"""Three more columns of patients."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0010_more_patient_columns.sql`."""
    script = Path(__file__).parents[1] / "0010_more_patient_columns.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Cut them off."""
    op.execute("UPDATE node_columns SET values = values[1:8] WHERE node_kind = 'patient'")
