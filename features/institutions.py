"""What the register says about the institutions of a frame."""

from __future__ import annotations

from claims.tables import Columns
from features.rows import Rows


def kinds_and_levels(rows: Rows) -> list[tuple[str, str]]:
    """Kind and level of each institution in the order of its number, empty where that is not known."""
    return rows.once("institutions", "kinds", lambda: _kinds_and_levels(rows))  # type: ignore[no-any-return]


def _kinds_and_levels(rows: Rows) -> list[tuple[str, str]]:
    known = rows.once_of_tables("institutions", lambda: _registered(rows.context.institutions))
    return [known.get(name, ("", "")) for name in rows.numbers("institution_id")[1]]


def _registered(table: Columns) -> dict[str, tuple[str, str]]:
    every = zip(*(table[name].tolist() for name in ("institution_id", "kind", "level")), strict=True)
    return {name: (kind or "", level or "") for name, kind, level in every}
