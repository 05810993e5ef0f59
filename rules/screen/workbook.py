"""The findings about one institution as a workbook: what each rule found and what it rests on, and every finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from claims.clock import AREA_ZONE
from rules.screen.result import HITS, ROWS_IN_A_GROUP

WORKBOOKS = "institutions"
MOST_ROWS = 1_048_575
"""Of a sheet below its heading; that is as many as the format has."""

GRADES = {"definite": "明确违规", "highly_suspicious": "高度可疑", "slightly_suspicious": "轻度可疑"}

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm",
}
"""Whatever stands in a claim stays a text: nobody's item name is run as a formula."""
ROWS_IN_MEMORY = 50_000
"""A book of no more is put together in memory, which takes two thirds of the time; a larger one row by row on disk."""
_NOT_IN_A_NAME = re.compile(r"[^\w.-]", re.ASCII)


@dataclass(frozen=True)
class _Heading:
    """A column of a sheet: its title, its width in characters, and which column of the findings it shows."""

    title: str
    width: int
    shows: str = ""


_SUMMARY = (
    _Heading("规则编码", 20),
    _Heading("规则名称", 30),
    _Heading("等级", 12),
    _Heading("条数", 10),
    _Heading("涉及金额（元）", 16),
    _Heading("依据", 90),
)
_FINDINGS = (
    _Heading("结算时间", 17, "settled_at"),
    _Heading("结算编号", 26, "claim_id"),
    _Heading("行号", 6, "line_number"),
    _Heading("项目编码", 28, "item_code"),
    _Heading("参保人（假名）", 34, "patient_id"),
    _Heading("医师", 16, "doctor_id"),
    _Heading("规则编码", 20, "code"),
    _Heading("规则名称", 26, "name_zh"),
    _Heading("等级", 10, "grade"),
    _Heading("涉及金额（元）", 14, "amount_fen"),
    _Heading("情况", 90, "says_zh"),
)
_READ = (*(heading.shows for heading in _FINDINGS), "source")
_LINE, _CODE, _NAME, _GRADE, _AMOUNT, _SOURCE = map(
    _READ.index, ("line_number", "code", "name_zh", "grade", "amount_fen", "source")
)


def write_workbooks(folder: Path, institutions: Sequence[tuple[str, int, int]]) -> None:
    """Write the workbooks of institutions that follow each other, each with the first of its findings, and how many."""
    (folder / WORKBOOKS).mkdir(parents=True, exist_ok=True)
    begin, end = institutions[0][1], sum(institutions[-1][1:])
    findings = _read(folder / HITS, begin, end)
    for institution, first, count in institutions:
        path = folder / WORKBOOKS / f"{_NOT_IN_A_NAME.sub('_', institution)}.xlsx"
        mine = findings.slice(first - begin, count)
        write_workbook(path, list(zip(*(mine[name].to_pylist() for name in _READ), strict=True)))


def write_workbook(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write findings, each with the columns `_READ`."""
    how = {"in_memory": True} if len(rows) <= ROWS_IN_MEMORY else {"constant_memory": True}
    with xlsxwriter.Workbook(path, {**_OPTIONS, **how}) as book:
        _sheet(book, "汇总", _SUMMARY, _summary(rows))
        _sheet(book, "明细", _FINDINGS, map(_spelled, rows[:MOST_ROWS]))


def _read(path: Path, begin: int, end: int) -> pa.Table:
    """Rows [begin, end) of the file, of which only the groups that hold them are read."""
    groups = range(begin // ROWS_IN_A_GROUP, -(-end // ROWS_IN_A_GROUP))
    table = pq.ParquetFile(path).read_row_groups(list(groups), columns=list(_READ))
    return table.slice(begin - groups.start * ROWS_IN_A_GROUP, end - begin)


def _summary(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """By rule and grade: how many, and how much, the most money first."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for row in rows:
        of = sums.setdefault((row[_CODE], row[_NAME], row[_GRADE], row[_SOURCE]), [0, 0])
        of[0] += 1
        of[1] += row[_AMOUNT]
    ranked = sorted(sums.items(), key=lambda item: -item[1][1])
    return [
        (code, name, GRADES[grade], count, fen / 100, source) for (code, name, grade, source), (count, fen) in ranked
    ]


def _spelled(row: Sequence[Any]) -> list[Any]:
    settled_at, *cells = row[:_SOURCE]
    cells = [settled_at.astimezone(AREA_ZONE).replace(tzinfo=None), *cells]
    cells[_LINE] = cells[_LINE] or None  # a finding about the whole claim has no line
    cells[_GRADE], cells[_AMOUNT] = GRADES[cells[_GRADE]], cells[_AMOUNT] / 100
    return cells


def _sheet(book: Any, title: str, headings: Sequence[_Heading], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(headings):
        sheet.set_column(place, place, heading.width)
    sheet.write_row(0, 0, [heading.title for heading in headings], book.add_format({"bold": True}))
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
