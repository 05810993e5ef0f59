"""Messages of the national platform, reminders with what became of them, and confirmed settlements."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = (
    "confirmations", "dispositions", "reminders", "national_lines_ended", "national_lines", "national_visits",
    "national_messages",
)


def upgrade() -> None:
    """Run `0014_national.sql`."""
    script = Path(__file__).parents[1] / "0014_national.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
