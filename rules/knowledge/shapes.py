"""The tables that are known, by their headers.

To add one that is published in a shape of its own: an entry in `PUBLISHED`, and words for its terms in `terms`. Every
other kind comes in one of the two layouts of `local`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claims.errors import BadFile
from rules.knowledge import terms
from rules.knowledge.kinds import (
    DRUG_CHILD,
    DRUG_COURSE,
    DRUG_INSURANCE,
    DRUG_LEVEL,
    DRUG_SETTING,
    DRUG_SEX,
    ITEM_AGE,
    ITEM_CHILD,
    ITEM_COUNT,
    ITEM_COURSE,
    ITEM_CYCLE,
    ITEM_PAIR,
    ITEM_SEX,
    OPERATION_GROUP,
)
from rules.knowledge.local import ITEMS, LOCAL_TABLES, PAIRS, LocalTable
from rules.knowledge.workbook import Cells, Sheet

CODE, LIMITED, TERMS, REMARK = "code", "limited", "terms", "remark"
DRUG, ITEM = "drug", "item"
COUNT, UNIT = "count", "unit"
WINDOW, MAIN_CODE, MAIN_NAME, PART_CODE, PART_NAME = "window", "main code", "main name", "part code", "part name"

HEADERS: dict[str, str] = {
    "药品通用名": DRUG,
    "项目名称": ITEM,
    "药品名称": ITEM,
    "饮片名称": ITEM,
    "耗材名称": ITEM,
    "诊断名称": ITEM,
    "国标代码": CODE,
    "药品代码": CODE,
    "项目编码": CODE,
    "项目代码": CODE,
    "药品编码": CODE,
    "饮片编码": CODE,
    "耗材编码": CODE,
    "诊断编码": CODE,
    "限定类型": LIMITED,
    "限定对象": TERMS,
    "限定值域": TERMS,
    "限定性别": TERMS,
    "备注": REMARK,
    "药品说明": REMARK,
    "项目说明": REMARK,
    "限制数量": COUNT,
    "数量单位": UNIT,
    "频度": WINDOW,
    "主项名称": MAIN_NAME,
    "主项编码": MAIN_CODE,
    "从项名称": PART_NAME,
    "从项编码": PART_CODE,
    "关联项目名称": PART_NAME,
    "关联项目编码": PART_CODE,
}
"""What each header of the published tables means; the same thing has several names in them."""

DRUGS = "drugs and their codes"
LAYOUTS: dict[str, tuple[frozenset[str], ...]] = {
    DRUGS: (frozenset({DRUG, LIMITED, TERMS}), frozenset({DRUG, CODE, LIMITED})),
    ITEMS: (frozenset({ITEM, CODE, LIMITED, TERMS}),),
    PAIRS: (frozenset({ITEM, CODE, PART_CODE, PART_NAME, LIMITED}),),
    "items with a number": (frozenset({ITEM, CODE, COUNT, UNIT}),),
    "items with a remark": (frozenset({ITEM, CODE, REMARK}),),
    "pairs": (frozenset({WINDOW, MAIN_CODE, MAIN_NAME, PART_CODE, PART_NAME}),),
}
"""What the header of each sheet must hold at least."""


@dataclass(frozen=True)
class Shape:
    """One known table.

    Attributes:
        kind: of its points.
        layout: which headers it has.
        limited: what its column 限定类型 says, or the rule that the title of its sheet names.
        reads: what makes columns of its words.
        batch, published: number and day of the notice that published it first, where known.
    """

    kind: str
    layout: str
    limited: tuple[str, ...]
    reads: Callable[[str, str], terms.Terms | None]
    batch: str | None = None
    published: date | None = None


PUBLISHED: tuple[Shape, ...] = (
    Shape(DRUG_SEX, DRUGS, ("限定性别对象",), terms.sex, "一", date(2025, 5, 23)),
    Shape(DRUG_CHILD, DRUGS, ("限定年龄对象",), terms.age_group, "一", date(2025, 5, 23)),
    Shape(ITEM_SEX, ITEMS, ("限定性别对象",), terms.sex, "一", date(2025, 5, 23)),
    Shape(ITEM_CHILD, ITEMS, ("限定年龄对象",), terms.age_group, "一", date(2025, 5, 23)),
    Shape(OPERATION_GROUP, ITEMS, ("限定主次操作",), terms.group_of_operations, "二", date(2025, 7, 22)),
    Shape(DRUG_INSURANCE, DRUGS, ("限定保险类型",), terms.insurance, "三", date(2025, 7, 30)),
    Shape(DRUG_SETTING, DRUGS, ("限定就医方式",), terms.settings, "四", date(2025, 8, 8)),
    Shape(DRUG_LEVEL, DRUGS, ("限定医疗机构级别", "限定机构级别"), terms.level, "五", date(2025, 8, 14)),
    Shape(DRUG_COURSE, DRUGS, ("限定支付疗程",), terms.course, "六", date(2025, 8, 26)),
    Shape(ITEM_PAIR, "pairs", ("医疗服务项目重复收费",), terms.together, "七", date(2025, 12, 12)),
    Shape(ITEM_COUNT, "items with a number", ("医疗服务项目限定频次",), terms.count_of_a_day, "八", date(2026, 1, 6)),
    Shape(ITEM_CYCLE, "items with a number", ("医疗服务项目周期超频次",), terms.cycle, "八", date(2026, 1, 6)),
    Shape(ITEM_CYCLE, "items with a remark", ("医疗服务项目周期超频次",), terms.cycle, "八", date(2026, 1, 6)),
    Shape(ITEM_AGE, "items with a remark", ("医疗服务项目限年龄",), terms.age, "八", date(2026, 1, 6)),
    Shape(ITEM_COURSE, "items with a remark", ("医疗服务项目限支付疗程",), terms.course, "八", date(2026, 1, 6)),
)
"""Those that the nation published in a shape that was seen."""


def _shapes_of(table: LocalTable) -> Iterator[Shape]:
    """A table of drugs may also come as the published ones do: names on one sheet, codes on another."""
    yield Shape(table.kind, table.layout, table.limited, table.reads)
    if table.layout == ITEMS and table.kind.startswith(("drug_", "herb_")):
        yield Shape(table.kind, DRUGS, table.limited, table.reads)


SHAPES: tuple[Shape, ...] = (*PUBLISHED, *(shape for table in LOCAL_TABLES for shape in _shapes_of(table)))


@dataclass(frozen=True)
class Part:
    """One sheet of a recognised table.

    Attributes:
        sheet: as it is.
        header_row: the number of the row with the headers.
        place: column of each thing that a header names.
    """

    sheet: Sheet
    header_row: int
    place: dict[str, int]

    def cell(self, row: Cells, what: str) -> str:
        """The text under a header; empty where the table has no such column."""
        at = self.place.get(what, -1)
        return row[at] if 0 <= at < len(row) else ""


def recognise(path: Path, sheets: Sequence[Sheet]) -> tuple[Shape, list[Part]]:
    """Which table a workbook is; sheets that are not needed are left alone.

    Raises:
        BadFile: none that is known; the headers that were found and the known ones are named.
    """
    read = [part for sheet in sheets if (part := _part(sheet)) is not None]
    for layout, wanted in LAYOUTS.items():
        parts = _parts(read, wanted)
        if parts is None:
            continue
        candidates = [shape for shape in SHAPES if shape.layout == layout]
        found = _limited(parts[0])
        for shape in candidates:
            # Headers that only one table has say enough.
            if len(candidates) == 1 or found in shape.limited or any(f"“{name}”" in found for name in shape.limited):
                return shape, parts
    raise _not_known(path, sheets)


def _part(sheet: Sheet) -> Part | None:
    """The sheet with the row of its first ten that holds most known headers."""
    best: Part | None = None
    for number, cells in enumerate(sheet.top, 1):
        place: dict[str, int] = {}
        for at, text in enumerate(cells):
            if text in HEADERS:
                place.setdefault(HEADERS[text], at)
        if len(place) > 1 and (best is None or len(place) > len(best.place)):
            best = Part(sheet, number, place)
    return best


def _parts(read: Sequence[Part], wanted: Sequence[frozenset[str]]) -> list[Part] | None:
    """For each wanted set of headers the first sheet, not yet taken, that has them."""
    taken: list[Part] = []
    for headers in wanted:
        fitting = next((part for part in read if headers <= set(part.place) and part not in taken), None)
        if fitting is None:
            return None
        taken.append(fitting)
    return taken


def _limited(part: Part) -> str:
    """What the first row below the header says is limited, else the title of the sheet."""
    if LIMITED not in part.place:
        return part.sheet.title
    return next((part.cell(row, LIMITED) for number, row in part.sheet.rows() if number > part.header_row), "")


def _not_known(path: Path, sheets: Sequence[Sheet]) -> BadFile:
    found = "; ".join(f"{sheet.title[:40]}: {_headers(sheet)}" for sheet in sheets) or "no sheet"
    limited = [part for sheet in sheets if (part := _part(sheet)) is not None and LIMITED in part.place]
    says = f"; its 限定类型 says {_limited(limited[0])[:40]!r}" if limited else ""
    return BadFile(
        f"{path.name} is a table of a kind not seen before; its headers are: {found}{says}. Expected one of these: "
        + "; ".join(map(_spelled, LAYOUTS))
        + ". Compare it with docs/knowledge.md, which shows every table with an example, and correct its header or its "
        "column 限定类型."
    )


def _headers(sheet: Sheet) -> str:
    """The fullest of the first rows."""
    row = max(sheet.top, key=lambda cells: sum(map(bool, cells)), default=())
    return "、".join(text[:20] for text in row if text) or "no header"


def _spelled(layout: str) -> str:
    """The tables of a layout, by what is limited, and the headers of their sheets."""
    names = {meaning: [text for text, what in HEADERS.items() if what == meaning] for meaning in HEADERS.values()}
    sheets = " + ".join("、".join("/".join(names[what]) for what in names if what in part) for part in LAYOUTS[layout])
    limited = dict.fromkeys(name for shape in SHAPES if shape.layout == layout for name in shape.limited)
    if layout == "pairs":
        return f"{layout} ({sheets})"
    where = "限定类型" if LIMITED in LAYOUTS[layout][0] else "a sheet title with"
    return f"{layout} ({sheets}; {where} {'/'.join(limited)})"
