"""An institution, or a supervisor for it, says that its registers are as they should be, just now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from audit.registers.ledger import RegisterChange, written_down
from claims.errors import BadSetting, NotFound
from claims.tables import DECLARED_REGISTERS


def confirm(
    connection: psycopg.Connection,
    institution_id: str,
    by: str,
    why: str,
    registers: Sequence[str] = (),
    is_complete: bool | None = None,
) -> list[RegisterChange]:
    """Write down that registers of an institution were confirmed just now, and whether they are complete.

    Args:
        connection: may be the service's.
        institution_id: whose.
        by: who confirms.
        why: the reason in words.
        registers: which ones, of `DECLARED_REGISTERS`; none for all of which the institution ever said something.
        is_complete: whether nothing is missing; None leaves what was said before, which is no at first.

    Returns:
        One change for each register.

    Raises:
        NotFound: there is no such institution.
        BadSetting: a register is unknown or named twice, or none is named and none was declared before.
    """
    unknown = [name for name in registers if name not in DECLARED_REGISTERS]
    if unknown or len(set(registers)) < len(registers):
        raise BadSetting(
            f"{str((unknown or registers)[0])[:40]!r} is no register that is declared, or is named twice. Expected "
            f"some of {', '.join(DECLARED_REGISTERS)}. Correct it."
        )
    with written_down(connection, by, why) as changes:
        if not connection.execute("SELECT FROM institutions WHERE institution_id = %s", [institution_id]).rowcount:
            raise NotFound(f"There is no institution {institution_id}. Expected a registered one. Look it up.")
        chosen = list(registers) or _declared_before(connection, institution_id)
        connection.execute(
            "INSERT INTO declarations AS d (institution_id, register, is_complete, confirmed_at)"
            " SELECT %s, register, coalesce(%s, false), %s FROM unnest(%s::text[]) AS register"
            " ON CONFLICT (institution_id, register) DO UPDATE"
            " SET is_complete = coalesce(%s, d.is_complete), confirmed_at = excluded.confirmed_at",
            [institution_id, is_complete, datetime.now(UTC).replace(microsecond=0), chosen, is_complete],
        )
    return changes


def _declared_before(connection: psycopg.Connection, institution_id: str) -> list[str]:
    rows = connection.execute("SELECT register FROM declarations WHERE institution_id = %s", [institution_id])
    known = {register for (register,) in rows}
    if not known:
        raise BadSetting(
            f"The institution {institution_id} never declared a register. Expected the names of some of "
            f"{', '.join(DECLARED_REGISTERS)}. Name them."
        )
    return [register for register in DECLARED_REGISTERS if register in known]
