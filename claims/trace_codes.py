"""Trace codes of boxes (药品追溯码): how a text holds several, and how often each was scanned in which settlement.

A code names one box: usually 20 digits, of which the first seven say which drug. A line has one for each box that was
scanned. What several boxes share by mistake (zeros, a till's placeholder) is no code of any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.lazy import texts_at
from claims.tables import MISSING, REVERSAL, SETTLEMENT, Array, Columns

SEPARATOR = ","
LONGEST = 30
"""As long as the national specification lets a code be."""
SHORTEST = 10
"""A shorter text names no single box; what stands there is a placeholder or a lot number."""
MOST_OF_A_CODE = 64
"""Settlements that are looked at for one code: one that everybody's till sends must not make a settlement slow."""
NEVER = int(np.iinfo(np.int64).max)


def codes_in(text: str | None) -> Counter[str]:
    """How often a text holds each code.

    >>> codes_in("81000010000000000017,81000010000000000024,0000,00000000000000000000")
    Counter({'81000010000000000017': 1, '81000010000000000024': 1})
    """
    return Counter(code for code in (text or "").split(SEPARATOR) if _names_a_box(code))


def _names_a_box(code: str) -> bool:
    return len(code) >= SHORTEST and len(set(code)) > 1


@dataclass(frozen=True)
class Scans:
    """s scans of boxes that settlements billed, by code, then in recorded order.

    Attributes:
        trace_code, claim_id, institution_id: (s,) texts.
        line_number: (s,) the line, MISSING where a sale reports a box and no line of the settlement is of its item.
        times: (s,) how often the line has the code.
        settled_at: (s,) seconds.
        order: (s,) `recorded_order` of the settlement; of one that asks for advice above all others.
        is_split: (s,) sold by the piece.
        freed_order: (s,) order of the reversal that gave the box back, NEVER without one.
        freed_at: (s,) the second at which the institution reported it as given back, NEVER without a report.
    """

    trace_code: Array
    claim_id: Array
    institution_id: Array
    line_number: Array
    times: Array
    settled_at: Array
    order: Array
    is_split: Array
    freed_order: Array
    freed_at: Array

    def __len__(self) -> int:
        return len(self.order)


_TEXTS = ("trace_code", "claim_id", "institution_id")


def repeated_scans(batch: ClaimBatch, sales: Columns | None = None) -> Scans:
    """The scans of all codes that were scanned more than once.

    Args:
        batch: settlements and what took them back; of a settlement without an order nothing is older.
        sales: rows of `claims.tables.STOCK`; sales and returns that name settlements of the batch count.
    """
    reports = list(_reports(sales)) if sales else []
    returns, given_back = _returns(batch), dict[str, list[_Report]]()
    for report in reports:
        if report.is_return:
            given_back.setdefault(report.code, []).append(report)
    rows = [
        (*scan, *_freed(scan, line_id, item, returns, given_back))
        for scan, line_id, item in _every_scan(batch, [report for report in reports if not report.is_return])
    ]
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row[0]] += row[4]
    return _made([row for row in rows if counts[row[0]] > 1])


def no_scans() -> Scans:
    """None at all."""
    return _made([])


_Scan = tuple[str, str, str, int, int, int, int, bool]
"""As the first columns of `Scans`."""


def _made(rows: list[tuple[object, ...]]) -> Scans:
    rows = sorted(rows, key=lambda row: (row[0], row[6], row[1], row[3]))
    names = list(Scans.__dataclass_fields__)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = {"is_split": np.bool_, **dict.fromkeys(_TEXTS, object)}
    return Scans(**{
        name: np.array(column, dtype=types.get(name, np.int64)) for name, column in zip(names, columns, strict=True)
    })  # fmt: skip


@dataclass(frozen=True)
class _Report:
    """What an institution reported of a box: sold, or given back."""

    code: str
    claim_id: str
    institution_id: str
    item: str
    at: int
    is_return: bool
    is_split: bool


def _reports(sales: Columns) -> Iterator[_Report]:
    names = ("trace_codes", "claim_id", "institution_id", "item_code", "moved_at", "movement", "is_split_pack")
    columns = (sales[name].tolist() for name in names)
    for text, claim_id, institution, item, at, movement, is_split in zip(*columns, strict=True):
        if movement not in ("sale", "sale_return"):
            continue
        for code in codes_in(text):
            yield _Report(code, claim_id, institution, item, at, movement == "sale_return", is_split)


def _every_scan(batch: ClaimBatch, sold: Sequence[_Report]) -> Iterator[tuple[_Scan, str | None, str]]:
    """Each scan of a settlement with the id and the item of its line; a sale counts where no line has the code."""
    claims, lines = batch.claims, batch.lines
    heads = list(zip(*(claims[name].tolist() for name in ("claim_id", "institution_id", "settled_at")), strict=True))
    order = [NEVER if each == MISSING else each for each in claims["recorded_order"].tolist()]
    counts = claims["kind"] == SETTLEMENT
    row_of = {head[0]: row for row, head in enumerate(heads) if counts[row]}
    scanned: set[tuple[str, str]] = set()
    for line in _with_codes(batch):
        row, (number, is_split, line_id, item) = int(lines["claim_index"][line]), _of_line(lines, line)
        claim_id, institution, at = heads[row]
        if not counts[row] or lines["quantity_e4"][line] < 0:
            continue
        for code, times in codes_in(lines["trace_codes"][line]).items():
            scanned.add((code, claim_id))
            yield (code, claim_id, institution, number, times, at, order[row], is_split), line_id, item
    line_of = _first_lines(lines) if sold else {}
    for report in sold:
        if report.claim_id not in row_of or (report.code, report.claim_id) in scanned:
            continue
        scanned.add((report.code, report.claim_id))
        row = row_of[report.claim_id]
        number, line_id = line_of.get((row, report.item), (MISSING, None))
        scan = (report.code, *heads[row][:2], number, 1, heads[row][2], order[row], report.is_split)
        yield scan, line_id, report.item


def _first_lines(lines: Columns) -> dict[tuple[int, str], tuple[int, str | None]]:
    """Number and id of the first line of each item, by the claim's row and the item."""
    columns = (lines[name].tolist() for name in ("claim_index", "item_code", "line_number", "line_id"))
    found: dict[tuple[int, str], tuple[int, str | None]] = {}
    for row, item, number, line_id in zip(*columns, strict=True):
        found.setdefault((row, item), (number, line_id))
    return found


def _with_codes(batch: ClaimBatch) -> list[int]:
    texts = texts_at(batch.lines, "trace_codes", np.arange(len(batch.lines["claim_index"])))
    return [row for row, text in enumerate(texts) if text]


def _of_line(lines: Columns, line: int) -> tuple[int, bool, str | None, str]:
    number, is_split = int(lines["line_number"][line]), bool(lines["is_split_pack"][line])
    return number, is_split, lines["line_id"][line], lines["item_code"][line]


@dataclass(frozen=True)
class _Return:
    """A line of a reversal; `codes` is empty where it names no box, `item` is None for a reversal without lines."""

    order: int
    line_id: str | None
    item: str | None
    codes: Counter[str]

    def gives_back(self, code: str, line_id: str | None, item: str) -> bool:
        """Whether a box of a line came back; a return that names no box gives back all of the line's."""
        if self.codes:
            return code in self.codes
        if self.item is None:
            return True
        return self.line_id == line_id if self.line_id and line_id else self.item == item


def _returns(batch: ClaimBatch) -> dict[str, list[_Return]]:
    """What was taken back of each settlement."""
    claims, lines = batch.claims, batch.lines
    found: dict[str, list[_Return]] = {}
    for row in np.flatnonzero(claims["kind"] == REVERSAL).tolist():
        order = int(claims["recorded_order"][row])
        own = np.flatnonzero(lines["claim_index"] == row).tolist()
        each = [
            _Return(
                order, lines["reverses_line_id"][line], lines["item_code"][line], codes_in(lines["trace_codes"][line])
            )
            for line in own
        ]
        found.setdefault(claims["reverses_claim_id"][row], []).extend(each or [_Return(order, None, None, Counter())])
    return found


def _freed(
    scan: _Scan,
    line_id: str | None,
    item: str,
    returns: dict[str, list[_Return]],
    given_back: dict[str, list[_Report]],
) -> tuple[int, int]:
    """Order of the reversal and second of the report that gave the box back."""
    code, claim_id, institution, _, _, at, *_ = scan
    back = [each.order for each in returns.get(claim_id, ()) if each.gives_back(code, line_id, item)]
    reported = [
        report.at
        for report in given_back.get(code, ())
        if report.claim_id in (None, claim_id) and report.institution_id == institution and report.at >= at
    ]
    return min(back, default=NEVER), min(reported, default=NEVER)
