"""Which entry of the register of own codes holds for each line, found once for all rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lazy import coded
from claims.lookup import is_given, row_on_day
from claims.tables import Array, Columns


@dataclass(frozen=True)
class OwnCodes:
    """The entry of each line.

    Attributes:
        table: the register.
        row: (m,) its row that holds on the line's day, -1 none.
        is_asked: (m,) lines with an own code, of institutions that have registered any, that are judged.
    """

    table: Columns
    row: Array
    is_asked: Array


def entries_of(
    table: Columns, claims: Columns, lines: Columns, claim_of_line: Array, is_judged: Array, days: Array
) -> OwnCodes:
    """Find the entries.

    Args:
        table: the register, of all institutions or of those of the batch.
        claims: n claims.
        lines: m lines.
        claim_of_line: (m,) rows of their claims.
        is_judged: (n,) claims that are judged.
        days: (m,) days of the lines.
    """
    places, owns = coded(table, "institution_id"), coded(table, "own_item_code")
    place = _number(claims, "institution_id", places.code_of)[claim_of_line]
    own = _number(lines, "own_item_code", owns.code_of)
    width = len(owns.texts) + 1
    asked = np.where((place >= 0) & (own >= 0), place * width + own, -1)
    row = row_on_day(places.codes * width + owns.codes, table["valid_from"], table["valid_until"], asked, days)
    is_asked = is_given(lines["own_item_code"]) & (place >= 0) & is_judged[claim_of_line]
    return OwnCodes(table, np.where(is_asked, row, -1), is_asked)


def _number(columns: Columns, name: str, code_of: dict[str, int]) -> Array:
    """The register's number of each text, -1 for one that it does not have."""
    own = coded(columns, name)
    numbers = np.array([*(code_of.get(text, -1) for text in own.texts), -1], dtype=np.int64)
    return np.asarray(numbers[own.codes])
