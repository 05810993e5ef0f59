"""An index on the people of the registers."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index of `0003_staff_by_person.sql`."""
    script = Path(__file__).parents[1] / "0003_staff_by_person.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it."""
    op.drop_index("staff_by_person")
