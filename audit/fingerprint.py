"""One fingerprint per claim, so that the same settlement sent again is known and a changed one is noticed."""

import hashlib
import json

from claims.batch import ClaimBatch
from claims.tables import CLAIMS, DIAGNOSES, LINES, Array, Columns, Table

OURS = frozenset({"known_at", "known_at_source", "recorded_order", "source"})
"""Columns that we add; they differ between two arrivals of one claim."""
LATER = ("own_item_code", "trace_codes", "is_split_pack")
"""Columns that count only where they are given: claims without them keep the fingerprints that they had before."""


def claim_fingerprints(batch: ClaimBatch) -> list[str]:
    """The SHA-256 of each claim's content with its lines and diagnoses, n hexadecimal texts.

    Lines count in the order of their number; our own columns (`OURS`) do not count.
    """
    claims = _rows(CLAIMS, batch.claims)
    parts: list[list[object]] = [[row, [], []] for row in claims]
    for place, (table, columns) in enumerate(((LINES, batch.lines), (DIAGNOSES, batch.diagnoses)), 1):
        for index, row in zip(columns["claim_index"].tolist(), _rows(table, columns), strict=True):
            kept = parts[index][place]
            assert isinstance(kept, list)
            kept.append(row)
    return [hashlib.sha256(json.dumps(part, ensure_ascii=True).encode()).hexdigest() for part in parts]


def _rows(table: Table, columns: Columns) -> list[list[object]]:
    chosen: list[Array] = [columns[name] for name in table.names if name not in (*OURS, *LATER)]
    later = [(name, columns[name].tolist()) for name in LATER if name in table.names]
    rows = [list(row) for row in zip(*(column.tolist() for column in chosen), strict=True)]
    for row, cells in enumerate(rows):
        cells += [[name, column[row]] for name, column in later if column[row]]
    return rows
