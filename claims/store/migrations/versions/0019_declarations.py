"""Declarations by register, services of departments, periods of departments, ledgers written by the tables themselves."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_REGISTERS = ("institutions", "departments", "staff", "catalogue", "agreements", "item_mappings")


def upgrade() -> None:
    """Run `0019_declarations.sql`."""
    script = Path(__file__).parents[1] / "0019_declarations.sql"
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Put one declaration an institution back; departments keep the period that began last."""
    op.execute("DELETE FROM api_keys WHERE role = 'institution'")
    op.execute("ALTER TABLE api_keys DROP CONSTRAINT api_keys_role_check, DROP COLUMN institution_id")
    op.execute(
        "ALTER TABLE api_keys ADD CONSTRAINT api_keys_role_check"
        " CHECK (role IN ('settlement', 'reviewer', 'supervisor', 'analyst'))"
    )
    for table in _REGISTERS:
        for trigger in ("written", "counted_new", "counted_old"):
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute(
        "ALTER TABLE institutions ADD COLUMN register_is_complete boolean NOT NULL DEFAULT false,"
        " ADD COLUMN register_confirmed_at timestamptz"
    )
    op.execute(
        "UPDATE institutions i SET register_is_complete = d.complete, register_confirmed_at = d.confirmed FROM"
        " (SELECT institution_id, bool_and(is_complete) AS complete, min(confirmed_at) AS confirmed FROM declarations"
        " WHERE register <> 'services' GROUP BY 1) d WHERE d.institution_id = i.institution_id"
    )
    op.execute("ALTER TABLE institutions ALTER COLUMN register_is_complete DROP DEFAULT")
    op.execute("DROP TABLE declarations, department_services, register_imports")
    op.execute("DROP PROCEDURE write_changes_of")
    op.execute("DROP FUNCTION write_register_change, count_register_change")
    op.execute(
        "DELETE FROM departments d WHERE EXISTS (SELECT FROM departments o WHERE o.institution_id = d.institution_id"
        " AND o.department_id = d.department_id AND o.valid_from > d.valid_from)"
    )
    op.execute("ALTER TABLE departments DROP CONSTRAINT departments_pkey, ADD PRIMARY KEY (institution_id, department_id)")
