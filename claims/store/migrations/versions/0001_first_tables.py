"""The first tables: claims, reference data, ledgers and the queue."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of `0001_first_tables.sql`."""
    script = Path(__file__).parents[1] / "0001_first_tables.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Ledgers are never dropped by a program."""
    raise RuntimeError("The first tables hold the ledgers; restore a backup instead of going below revision 0001.")
