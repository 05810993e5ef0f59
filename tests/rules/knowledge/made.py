"""Small workbooks in the shapes of the published ones; all codes are made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

Row = Sequence[object]


def workbook(path: Path, *sheets: tuple[str, Sequence[Row]]) -> Path:
    """Write sheets, each a title and rows."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def drugs(
    path: Path, limited: str, drugs: Sequence[tuple[str, str, str]], codes: Sequence[tuple[str, str]], code="国标代码"
) -> Path:
    """A drug table: name, explanation and terms of each drug, then name and code."""
    first = [
        ("药品通用名", "药品说明", "限定类型", "限定值域"),
        *((n, said, limited, terms) for n, said, terms in drugs),
    ]
    second = [("药品通用名", "序号", code, "限定类型"), *((n, 1, item, limited) for n, item in codes)]
    return workbook(path, ("Sheet1", first), ("Sheet2", second))


def one_drug(path: Path, limited: str, terms: str, said: str = "测试说明") -> Path:
    return drugs(path, limited, [("测试药甲", said, terms)], [("测试药甲", "XTEST-0001")])


def items(path: Path, limited: str, rows: Sequence[tuple[str, str, str]], terms: str = "限定对象") -> Path:
    """An item table: name, code and terms."""
    header = ("项目名称", "国标代码", "限定类型", terms)
    return workbook(path, ("Sheet1", [header, *((name, code, limited, said) for name, code, said in rows)]))


def pairs(path: Path, *rows: tuple[str, str, str]) -> Path:
    """Window, larger and contained code of each pair."""
    header = ("序号", "频度", "主项名称", "主项编码", "从项名称", "从项编码", "备注")
    body = [(n, window, "大项", main, "小项", part, "含小项") for n, (window, main, part) in enumerate(rows, 1)]
    return workbook(path, (_title("医疗服务项目重复收费"), [header, *body, (None,) * 7]))


def counts(path: Path, *rows: tuple[str, int, str]) -> Path:
    """Code, number and unit of each item."""
    header = ("序号", "项目名称", "限制数量", "数量单位", "项目编码")
    body = [(n, "测试项目", most, unit, code) for n, (code, most, unit) in enumerate(rows, 1)]
    ends = [("合计", None, None, None, None), ("备注：测试。", None, None, None, None)]
    return workbook(path, (_title("医疗服务项目限定频次"), [header, *body, *ends]))


def remarks(path: Path, rule: str, *rows: tuple[str, str]) -> Path:
    """Code and remark of each item."""
    header = ("序号", "项目名称", "备注", "项目代码")
    body = [(n, "测试项目", remark, code) for n, (code, remark) in enumerate(rows, 1)]
    return workbook(path, (_title(rule), [header, *body]))


def local(path: Path, limited: str, rows: Sequence[tuple[str, str | None, str]]) -> Path:
    """A local table: code, a second code where the table is one of pairs, and terms."""
    pair = ("关联项目名称", "关联项目编码") if rows[0][1] else ()
    header = ("项目名称", "项目编码", *pair, "限定类型", "限定值域")
    body = [("测试甲", code, *(("测试乙", other) if other else ()), limited, terms) for code, other, terms in rows]
    return workbook(path, ("Sheet1", [header, *body]))


def _title(rule: str) -> str:
    return f"“{rule}”规则对应知识点明细"[:31]
