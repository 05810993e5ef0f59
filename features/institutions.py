"""What the register says about the institutions of a frame."""

from __future__ import annotations

from features.rows import Rows


def kinds_and_levels(rows: Rows) -> list[tuple[str, str]]:
    """Kind and level of each institution in the order of its number, empty where that is not known."""
    return rows.once("institutions", "kinds", lambda: _kinds_and_levels(rows))  # type: ignore[no-any-return]


def _kinds_and_levels(rows: Rows) -> list[tuple[str, str]]:
    table = rows.context.institutions
    row_of = {name: row for row, name in enumerate(table["institution_id"].tolist())}
    kinds, levels = table["kind"], table["level"]
    found = [row_of.get(name) for name in rows.numbers("institution_id")[1]]
    return [("", "") if row is None else (kinds[row] or "", levels[row] or "") for row in found]
