"""Own item codes and trace codes of fee lines and sales, and which national items own codes stand for."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0018_codes.sql`."""
    script = Path(__file__).parents[1] / "0018_codes.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them with their indexes."""
    op.execute("DROP TABLE item_mappings")
    for table, columns in (("stock", ("claim_id",)), ("lines", ("own_item_code",))):
        for column in (*columns, "trace_codes", "is_split_pack"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
