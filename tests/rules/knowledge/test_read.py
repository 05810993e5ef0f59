"""A published workbook is recognised by its headers and read as it is; any other file is refused in one sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from claims.errors import BadFile, BadSetting
from claims.tables import KNOWLEDGE
from rules.knowledge import workbook as bounds
from rules.knowledge.kinds import DIAGNOSIS_KINDS, KINDS
from rules.knowledge.local import LOCAL_TABLES, PAIRS, LocalTable
from rules.knowledge.read import known_date, read_workbook
from rules.knowledge.shapes import SHAPES
from rules.knowledge.words import says
from tests.rules.knowledge.made import counts, drugs, items, local, one_drug, pairs, remarks, workbook

COURSE = "医疗服务项目限支付疗程"
CYCLE = "医疗服务项目周期超频次"

TABLES: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "drug sex": (lambda it: one_drug(it, "限定性别对象", "女"), {"kind": "drug_sex", "only_sex": "2"}),
    "drug for children": (
        lambda it: one_drug(it, "限定年龄对象", "儿童", "用于小儿感冒。"),
        {"kind": "drug_child", "group_name": "儿童"},
    ),
    "drug paid for children": (
        lambda it: one_drug(it, "限定年龄对象", "儿童", "限儿童。"),
        {"kind": "drug_child_paid", "group_name": "儿童"},
    ),
    "insurance": (
        lambda it: one_drug(it, "限定保险类型", "工伤"),
        {"kind": "drug_insurance", "only_insurance": "work_injury"},
    ),
    "setting": (
        lambda it: one_drug(it, "限定就医方式", "住院", "限急诊或住院患者。"),
        {"kind": "drug_setting", "settings": "emergency,inpatient"},
    ),
    "level": (lambda it: one_drug(it, "限定医疗机构级别", "二级及以上"), {"kind": "drug_level", "least_level": 2}),
    "drug course": (
        lambda it: one_drug(it, "限定支付疗程", "14天", "支付不超过14天。"),
        {"kind": "drug_course", "most_days": 14, "per": "course", "is_span": False},
    ),
    "drug course of a stay": (
        lambda it: one_drug(it, "限定支付疗程", "3天", "单次住院支付不超过3天。"),
        {"most_days": 3, "per": "stay"},
    ),
    "item sex": (
        lambda it: items(it, "限定性别对象", [("测试项目", "T00100", "男")], "限定性别"),
        {"kind": "item_sex", "only_sex": "1"},
    ),
    "item for newborns": (
        lambda it: items(it, "限定年龄对象", [("测试项目", "T00100", "新生儿")]),
        {"kind": "item_child", "group_name": "新生儿"},
    ),
    "operations": (
        lambda it: items(it, "限定主次操作", [("测试手术", "T00100", "测试手术组")], "限定值域"),
        {"kind": "operation_group", "group_name": "测试手术组"},
    ),
    "pair": (
        lambda it: pairs(it, ("6小时", "T00100", "T00200")),
        {"kind": "item_pair", "item_code": "T00100", "other_code": "T00200", "per": "hours", "per_length": 6},
    ),
    "count": (
        lambda it: counts(it, ("T00100", 24, "小时")),
        {"kind": "item_count", "most_count_e4": 240_000, "per": "day", "words": "24 小时"},
    ),
    "item course": (
        lambda it: remarks(it, COURSE, ("T00100", "总时间不超过90天，评定间隔时间不短于14天。")),
        {"kind": "item_course", "most_days": 90, "is_span": True, "least_gap_days": 14},
    ),
    "cycle": (
        lambda it: remarks(it, CYCLE, ("T00100", "15天内最多支付1次。")),
        {"kind": "item_cycle", "most_count_e4": 10_000, "per": "cycle", "per_length": 15},
    ),
    "age": (
        lambda it: remarks(it, "医疗服务项目限年龄", ("T00100", "限6-17岁")),
        {"kind": "item_age", "least_age_years": 6, "most_age_years": 17},
    ),
}


def one_local(path: Path, table: LocalTable, limited: str) -> Path:
    """A local table of one row with its example terms."""
    code = "A00T" if table.kind in DIAGNOSIS_KINDS else "TEST-0001"
    return local(path, limited, [(code, "TEST-0002" if table.layout == PAIRS else None, table.example)])


for each in LOCAL_TABLES:
    for said in each.limited:
        TABLES[f"local {said}"] = (
            lambda it, each=each, said=said: one_local(it, each, said),
            {"kind": each.kind, "words": each.example or None},
        )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_it_is(name: str, tmp_path: Path) -> None:
    make, expected = TABLES[name]
    [point] = read_workbook(make(tmp_path / "table.xlsx")).points
    assert {column: point[column] for column in expected} == expected
    assert point["is_understood"]


@pytest.mark.parametrize("name", TABLES)
def test_every_point_can_be_said_in_two_languages(name: str, tmp_path: Path) -> None:
    [point] = read_workbook(TABLES[name][0](tmp_path / "table.xlsx")).points
    zh, en = says({**dict.fromkeys(KNOWLEDGE.names), **point})
    assert zh
    assert en


def test_every_kind_of_point_has_a_table_that_is_tested() -> None:
    tested = {expected["kind"] for _, expected in TABLES.values() if "kind" in expected}
    assert tested == set(KINDS)
    assert {shape.kind for shape in SHAPES} <= set(KINDS)


def test_every_code_of_a_drug_gets_its_terms(tmp_path: Path) -> None:
    path = drugs(
        tmp_path / "t.xlsx",
        "限定性别对象",
        [("测试药甲", "", "女"), ("测试药乙", "", "男")],
        [("测试药甲", "XTEST-0001"), ("测试药甲", "XTEST-0002"), ("测试药乙", "XTEST-0003")],
        code="药品代码",
    )
    points = read_workbook(path).points
    assert [(point["item_code"], point["only_sex"]) for point in points] == [
        ("XTEST-0001", "2"),
        ("XTEST-0002", "2"),
        ("XTEST-0003", "1"),
    ]


def test_a_title_above_the_header_and_sums_below_are_no_points(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    rows = [
        ("测试知识点明细",),
        ("项目名称", "国标代码", "限定类型", "限定性别"),
        ("测试项目", "T00100", "限定性别对象", "女"),
        ("合计",),
    ]
    knowledge = read_workbook(workbook(path, ("说明", [("请先阅读",)]), ("表", rows)))
    assert [point["row_number"] for point in knowledge.points] == [3]
    assert knowledge.notes == 1


def test_words_that_cannot_be_read_are_kept_and_counted(tmp_path: Path) -> None:
    path = remarks(
        tmp_path / "t.xlsx", "医疗服务项目限年龄", ("T00100", "超出法定就业年龄"), ("T00200", "限18周岁以下")
    )
    knowledge = read_workbook(path)
    assert knowledge.not_understood == {"超出法定就业年龄": 1}
    first = knowledge.points[0]
    assert (first["is_understood"], first["remark"]) == (False, "超出法定就业年龄")


def test_a_course_of_which_more_is_said_than_is_known_is_not_understood(tmp_path: Path) -> None:
    path = remarks(tmp_path / "t.xlsx", COURSE, ("T00100", "支付不超过30天，伴有并发症的除外。"))
    assert not read_workbook(path).points[0]["is_understood"]


@pytest.mark.parametrize(
    ("name", "day"),
    [("【第一批】测试.xlsx", date(2025, 5, 23)), ("【第七批】测试.xlsx", None), ("测试.xlsx", None)],
)
def test_the_date_is_that_of_the_batch_which_published_the_table_first(
    name: str, day: date | None, tmp_path: Path
) -> None:
    knowledge = read_workbook(items(tmp_path / name, "限定性别对象", [("测试项目", "T00100", "男")], "限定性别"))
    if day:
        assert known_date(knowledge) == day
    else:
        with pytest.raises(BadSetting, match="--since"):
            known_date(knowledge)


def test_a_table_not_seen_before_names_what_was_found_and_what_is_known(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ("Sheet1", [("项目名称", "海拔高度"), ("测试", 3000)]))
    with pytest.raises(BadFile) as told:
        read_workbook(path)
    assert "海拔高度" in str(told.value)
    assert "主项编码" in str(told.value)
    for shape in SHAPES:
        assert shape.layout == "pairs" or shape.limited[0] in str(told.value)


def test_a_table_whose_headers_no_other_has_needs_no_title(tmp_path: Path) -> None:
    rows = [("频度", "主项名称", "主项编码", "从项名称", "从项编码"), ("单日", "甲", "T00100", "乙", "T00200")]
    assert read_workbook(workbook(tmp_path / "t.xlsx", ("Sheet1", rows))).shape.kind == "item_pair"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_local_table_may_be_a_csv_file(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "项目名称,项目编码,限定类型,限定值域\n测试,T00100,医疗服务项目限科室使用,测试科\n", encoding=encoding
    )
    [point] = read_workbook(path).points
    assert (point["kind"], point["codes"], point["row_number"]) == ("item_department", "测试科", 2)


def test_a_local_table_of_drugs_may_have_two_sheets_as_the_published_ones(tmp_path: Path) -> None:
    [point] = read_workbook(one_drug(tmp_path / "t.xlsx", "药品限适应症", "A00T")).points
    assert (point["kind"], point["codes"]) == ("drug_indication", "A00T")


def test_terms_of_a_local_table_that_cannot_be_read_act_never(tmp_path: Path) -> None:
    for table in LOCAL_TABLES:
        if table.kind not in ("item_department", "goods_department", "item_split"):  # any words name one
            path = local(tmp_path / "t.xlsx", table.limited[0], [("A00T00", "TEST-2", "另有规定的除外")])
            if table.layout != PAIRS:
                path = local(tmp_path / "t.xlsx", table.limited[0], [("A00T00", None, "另有规定的除外")])
            assert not read_workbook(path).points[0]["is_understood"], table.kind


def test_an_unknown_limit_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"限定类型 says '限定海拔'.*医疗服务项目限科室使用.*docs/knowledge\.md"):
        read_workbook(local(tmp_path / "t.xlsx", "限定海拔", [("T00100", None, "3000")]))


def csv_of(path: Path, content: bytes) -> Path:
    path = path.with_suffix(".csv")
    path.write_bytes(content)
    return path


def two_limits(path: Path) -> Path:
    rows = [("项目名称", "项目编码", "限定类型", "限定值域")]
    rows += [
        ("测试", f"T0010{n}", limited, "测试科") for n, limited in enumerate(("医疗服务项目限科室使用", "无指征治疗"))
    ]
    return workbook(path, ("Sheet1", rows))


def formula(path: Path) -> Path:
    one_drug(path, "限定性别对象", "女")
    book = load_workbook(path)
    book["Sheet2"]["C2"] = '=HYPERLINK("http://example.invalid")'
    book.save(path)
    return path


def zip_of(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(f"{name}.xml", content)
    return path


def bomb(path: Path) -> Path:
    return zip_of(path, sheet=b"<a>" + b"0" * (3 << 20))


def entities(path: Path) -> Path:
    one_drug(path, "限定性别对象", "女")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/more.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>')
    return path


def cut_off(path: Path) -> Path:
    one_drug(path, "限定性别对象", "女")
    path.write_bytes(path.read_bytes()[:-200])
    return path


def text(path: Path) -> Path:
    path.write_text("药品通用名,国标代码\n", encoding="utf-8")
    return path


def many_rows(path: Path) -> Path:
    return items(path, "限定性别对象", [("测试", f"T{n:06}", "女") for n in range(60)], "限定性别")


def far_row(path: Path) -> Path:
    items(path, "限定性别对象", [("测试", "T00100", "女")], "限定性别")
    book = load_workbook(path)
    book["Sheet1"]["A1000000"] = "end"
    book.save(path)
    return path


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no such file": (lambda it: it, "There is no file"),
    "a text": (text, "cannot be read as a workbook"),
    "cut off": (cut_off, "cannot be read as a workbook"),
    "another archive": (lambda it: zip_of(it, a=b"<a/>"), "cannot be read as a workbook"),
    "grows when unpacked": (bomb, "too large"),
    "entities": (entities, "declares a document type"),
    "a formula": (formula, "cell C2 holds a formula"),
    "too many rows": (many_rows, "more than 50 rows"),
    "a row far below": (far_row, "more than 50 rows"),
    "a long cell": (lambda it: one_drug(it, "限定性别对象", "女", "长" * 5_000), "5,000 characters"),
    "a code that is a number": (
        lambda it: items(it, "限定性别对象", [("测试", 1.5, "女")], "限定性别"),  # type: ignore[list-item]
        "row 2 has the code '1.5'",
    ),
    "a row without a code": (lambda it: items(it, "限定性别对象", [("测试", "", "女")], "限定性别"), "has no code"),
    "an item twice": (
        lambda it: items(it, "限定性别对象", [("测试", "T00100", "女"), ("测试", "T00100", "女")], "限定性别"),
        "row 3, repeats row 2",
    ),
    "a pair with itself": (lambda it: pairs(it, ("单日", "T00100", "T00100")), "with itself"),
    "a code of a drug that is not there": (
        lambda it: drugs(it, "限定性别对象", [("甲", "", "女")], [("乙", "XTEST-0001")]),
        "which the first sheet does not",
    ),
    "a drug without codes": (
        lambda it: drugs(it, "限定性别对象", [("甲", "", "女"), ("乙", "", "女")], [("甲", "XTEST-0001")]),
        "no code for '乙'",
    ),
    "no rows": (lambda it: remarks(it, COURSE), "There is no row"),
    "two limits in one table": (two_limits, "row 3 has the 限定类型 '无指征治疗'"),
    "a diagnosis that is none": (
        lambda it: local(it, "诊断与患者性别不符", [("测试病", None, "女")]),
        "has the code '测试病'",
    ),
    "a CSV in another encoding": (lambda it: csv_of(it, b"\xff\xfe\x00\x00,\x00"), "no text in UTF-8"),
    "a CSV with too many rows": (lambda it: csv_of(it, b"a,b\n" * 60), "more than 50 rows"),
    "a CSV with a long cell": (lambda it: csv_of(it, b"a," + b"b" * 5_000), "5,000 characters"),
    "a CSV with a cell without end": (lambda it: csv_of(it, b'a,"' + b"b" * 200_000), "cannot be read as CSV"),
    "an empty CSV": (lambda it: csv_of(it, b""), "not seen before"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_ROWS", 50)
    monkeypatch.setattr(bounds, "MOST_UNPACKED", 1 << 20)
    make, told = HOSTILE[case]
    with pytest.raises(BadFile, match=r"Expected .*\. ") as refused:
        read_workbook(make(tmp_path / "table.xlsx"))
    assert told in str(refused.value)
