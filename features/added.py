"""The claims that came since a patient's past was packed: one line of JSON each, which a settlement only has to append.

Each line names the packed past that it continues. One that another has replaced meanwhile is then not continued by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import orjson

from claims.batch import ClaimBatch, concat
from claims.store.columns import RowColumns, TwoArrays, to_two_arrays
from claims.tables import CLAIMS, DIAGNOSES, LINES, Table
from features.packed import Past


def lines_of(batch: ClaimBatch, past: Past) -> bytes:
    """The lines of claims that continue a past."""
    lines, diagnoses = (
        list(zip(columns["claim_index"].tolist(), to_two_arrays(table, columns), strict=True))
        for table, columns in ((LINES, batch.lines), (DIAGNOSES, batch.diagnoses))
    )
    mark = past.mark.hex()
    return b"".join(
        orjson.dumps(
            [mark, claim, *([row for of, row in rows if of == place] for rows in (lines, diagnoses))],
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for place, claim in enumerate(to_two_arrays(CLAIMS, batch.claims))
    )


def continued(past: Past, added: bytes) -> Past | None:
    """The past with the claims of some lines; None when they continue another one."""
    marks, claims, lines, diagnoses = zip(*map(orjson.loads, added.splitlines()), strict=True)
    if set(marks) != {past.mark.hex()}:
        return None
    later = ClaimBatch(RowColumns(CLAIMS, claims), _children(LINES, lines), _children(DIAGNOSES, diagnoses))
    return replace(past, batch=concat([past.batch, later]), added=len(claims))


def _children(table: Table, of_claims: Sequence[list[TwoArrays]]) -> RowColumns:
    index = np.repeat(np.arange(len(of_claims)), [len(rows) for rows in of_claims])
    return RowColumns(table, list(chain.from_iterable(of_claims)), {"claim_index": index})
