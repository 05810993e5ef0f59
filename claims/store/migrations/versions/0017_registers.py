"""Agreements with institutions, and the ledger of what people change in registers."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0017_registers.sql`."""
    script = Path(__file__).parents[1] / "0017_registers.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE register_changes")
    op.execute("DROP TABLE agreements")
