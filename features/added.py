"""The claims that came since a patient's past was packed: one line of JSON each, which a settlement only has to append.

Each line names the packed past that it continues. One that another has replaced meanwhile is then not continued by it.
Whole numbers stand in a line as the hexadecimal digits of their bytes, so that those of all lines are read at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
import orjson

from claims.batch import ClaimBatch, concat
from claims.store.columns import RowColumns, texts_and_numbers
from claims.tables import CLAIMS, DIAGNOSES, PAST_LINES, Array, Columns, Table
from features.packed import Past

Texts = Sequence[Sequence[str | None]]


def lines_of(batch: ClaimBatch, past: Past) -> bytes:
    """The lines of claims that continue a past."""
    of_claim = np.arange(len(batch))
    tables = [
        _by_claim(table, columns, index, len(batch))
        for table, columns, index in (
            (CLAIMS, batch.claims, of_claim),
            (PAST_LINES, batch.lines, batch.lines["claim_index"]),
            (DIAGNOSES, batch.diagnoses, batch.diagnoses["claim_index"]),
        )
    ]
    mark = past.mark.hex()
    return b"".join(orjson.dumps([mark, *rows], option=orjson.OPT_APPEND_NEWLINE) for rows in zip(*tables, strict=True))


def _by_claim(table: Table, columns: Columns, index: Array, count: int) -> list[tuple[Texts, str]]:
    """The rows of each claim: their texts, and their numbers in one text."""
    texts, numbers = texts_and_numbers(table, columns)
    ends = np.searchsorted(index, np.arange(count + 1)).tolist()
    numbers = numbers.astype("<i8")
    return [(texts[low:high], numbers[low:high].tobytes().hex()) for low, high in pairwise(ends)]


def continued(past: Past, added: bytes) -> Past | None:
    """The past with the claims of some lines; None when they continue another one."""
    every = orjson.loads(b"[" + added.rstrip().replace(b"\n", b",") + b"]")  # JSON has no line ends within a text
    marks, claims, lines, diagnoses = zip(*every, strict=True)
    if set(marks) != {past.mark.hex()}:
        return None
    later = ClaimBatch(
        _columns(CLAIMS, claims, False), _columns(PAST_LINES, lines, True), _columns(DIAGNOSES, diagnoses, True)
    )
    return replace(past, batch=concat([past.batch, later]), added=len(claims))


def _columns(table: Table, rows: Sequence[tuple[Texts, str]], are_children: bool) -> RowColumns:
    texts = [texts for texts, _ in rows]
    digits = "".join(numbers for _, numbers in rows)
    every = list(chain.from_iterable(texts))
    numbers = np.frombuffer(bytes.fromhex(digits), dtype="<i8")
    index = {"claim_index": np.repeat(np.arange(len(rows)), list(map(len, texts)))} if are_children else None
    return RowColumns(table, every, numbers, index)
