"""The findings about one institution as a workbook: what each rule found, what was spared, and every finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from claims.clock import AREA_ZONE
from rules.screen.result import HITS, ROWS_IN_A_GROUP

WORKBOOKS = "institutions"
MOST_ROWS = 1_048_575
"""Of a sheet below its heading; that is as many as the format has."""

GRADES = {"definite": "明确违规", "highly_suspicious": "高度可疑", "slightly_suspicious": "轻度可疑"}

_HEADINGS = (
    ("结算时间", 17), ("结算编号", 26), ("行号", 6), ("项目编码", 28), ("参保人（假名）", 34), ("医师", 16),
    ("规则编码", 20), ("规则名称", 26), ("等级", 10), ("涉及金额（元）", 14), ("情况", 70), ("Finding", 70),
    ("依据", 60),
)  # fmt: skip
_COLUMNS = (
    "settled_at", "claim_id", "line_number", "item_code", "patient_id", "doctor_id",
    "code", "name_zh", "grade", "amount_fen", "says_zh", "says_en", "source",
)  # fmt: skip
_SUMMARY = (("规则编码", 20), ("规则名称", 30), ("等级", 12), ("条数", 10), ("涉及金额（元）", 16))
_NOT_ALLOWED = re.compile(r"[^\w.-]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_workbook(folder: Path, institution: str, first: int, count: int) -> Path:
    """Write the workbook of the institution whose findings are `count` rows of `hits.parquet` from `first` on."""
    rows = _rows(folder / HITS, first, count)
    book = Workbook(write_only=True)
    _sheet(book, "汇总", _SUMMARY, _summary(rows))
    _sheet(book, "明细", _HEADINGS, (_spelled(row) for row in rows[:MOST_ROWS]))
    path = folder / WORKBOOKS / f"{_NOT_ALLOWED.sub('_', institution)}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def write_workbooks(folder: Path, institutions: Sequence[tuple[str, int, int]]) -> None:
    """Write the workbooks of several institutions."""
    for institution, first, count in institutions:
        write_workbook(folder, institution, first, count)


def _rows(path: Path, first: int, count: int) -> list[tuple[Any, ...]]:
    """Rows of the file, of which only the groups that hold them are read."""
    groups = range(first // ROWS_IN_A_GROUP, -(-(first + count) // ROWS_IN_A_GROUP))
    table = pq.ParquetFile(path).read_row_groups(list(groups), columns=list(_COLUMNS))
    chosen = table.slice(first - groups.start * ROWS_IN_A_GROUP, count).select(list(_COLUMNS))
    return list(zip(*(column.to_pylist() for column in chosen.columns), strict=True))


def _summary(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """By rule and grade: how many, and how much, the most money first."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        of = sums.setdefault((row[6], row[7], row[8]), [0, 0])
        of[0] += 1
        of[1] += row[9]
    ranked = sorted(sums.items(), key=lambda item: -item[1][1])
    return [(code, name, GRADES[grade], count, fen / 100) for (code, name, grade), (count, fen) in ranked]


def _spelled(row: tuple[Any, ...]) -> list[Any]:
    settled_at: datetime = row[0].astimezone(AREA_ZONE).replace(tzinfo=None)
    texts = [_CONTROL.sub("", value) if isinstance(value, str) else value for value in row[1:]]
    texts[1] = texts[1] or None  # a finding about the whole claim has no line
    texts[7], texts[8] = GRADES[row[8]], row[9] / 100
    return [settled_at, *texts]


def _sheet(book: Any, title: str, headings: Sequence[tuple[str, int]], rows: Any) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, (_, width) in enumerate(headings, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    bold = [WriteOnlyCell(sheet, name) for name, _ in headings]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for row in rows:
        sheet.append([f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value for value in row])
