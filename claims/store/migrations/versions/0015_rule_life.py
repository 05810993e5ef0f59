"""The life of rules."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run `0015_rule_life.sql`."""
    script = Path(__file__).parents[1] / "0015_rule_life.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop it; keys of analysts go, since the older program knows no such role."""
    op.execute("DROP TABLE rule_backtests, rule_counts, rule_sets, rule_changes, rule_proposals")
    op.execute("ALTER TABLE decisions DROP COLUMN rule_set, DROP COLUMN shadow_hits")
    op.execute("DELETE FROM api_keys WHERE role = 'analyst'")
    op.execute("ALTER TABLE api_keys DROP CONSTRAINT api_keys_role_check")
    op.execute(
        "ALTER TABLE api_keys ADD CONSTRAINT api_keys_role_check"
        " CHECK (role IN ('settlement', 'reviewer', 'supervisor'))"
    )
