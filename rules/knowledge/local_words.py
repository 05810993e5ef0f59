"""Says in one sentence what a point of a local table limits; what it shares with published ones is in `words`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rules.knowledge import kinds

Point = Mapping[str, Any]
Says = Callable[[Point], tuple[str, str]]

MOST_SHOWN = 8
"""Codes of one point that a sentence names."""
GRADE_WORDS = {1: ("非限制使用级", "unrestricted"), 2: ("限制使用级", "restricted"), 3: ("特殊使用级", "special")}
"""Grades of antibiotics."""


def code_words(codes: str) -> str:
    """The first of some codes.

    >>> code_words("A00T,B01T"), code_words(",".join("ABCDEFGHIJ"))
    ('A00T, B01T', 'A, B, C, D, E, F, G, H …')
    """
    every = codes.split(",")
    return ", ".join(every[:MOST_SHOWN]) + (" …" if len(every) > MOST_SHOWN else "")


def _codes(zh: str, en: str) -> Says:
    def says(point: Point) -> tuple[str, str]:
        return f"{zh}：{code_words(point['codes'])}", f"{en}: {code_words(point['codes'])}"

    return says


def _plain(zh: str, en: str) -> Says:
    return lambda _: (zh, en)


def _other(zh: str, en: str) -> Says:
    """What is between the item and another one, which stands where the sentences have {}."""

    def says(point: Point) -> tuple[str, str]:
        other = point["other_name"] or point["other_code"]
        return zh.format(f"“{other}”（{point['other_code']}）"), en.format(f"{other} ({point['other_code']})")

    return says


def _second_line(point: Point) -> tuple[str, str]:
    zh, en = _other("须先用过{}", "paid after {} only")(point)
    days = point["per_length"]
    return (f"{days} 天内{zh}", f"{en}, within {days} days") if days else (zh, en)


def units_words(most_count_e4: int, per: str) -> tuple[str, str]:
    """A number of units.

    >>> units_words(45_000, "day")
    ('每日最多 4.5', 'at most 4.5 a day')
    """
    zh, en = ("每日", "a day") if per == "day" else ("每次就诊", "a visit")
    return f"{zh}最多 {most_count_e4 / 10_000:g}", f"at most {most_count_e4 / 10_000:g} {en}"


def _units(point: Point) -> tuple[str, str]:
    return units_words(point["most_count_e4"], point["per"])


def _cap(point: Point) -> tuple[str, str]:
    yuan = f"{point['most_fen'] / 100:,.2f}"
    return f"每年最多报销 {yuan} 元", f"at most {yuan} yuan reimbursed a year"


def _grade(point: Point) -> tuple[str, str]:
    zh, en = GRADE_WORDS[point["least_level"]]
    return f"{zh}抗菌药物", f"antibiotic of the {en} grade"


def _split(point: Point) -> tuple[str, str]:
    return f"同属“{point['group_name']}”，不得分解收费", f"part of {point['group_name']}, not charged in parts"


_INDICATIONS = (
    *(kinds.DRUG_INDICATION, kinds.DRUG_LABEL, kinds.ITEM_INDICATION, kinds.ITEM_LABEL),
    *(kinds.TEST_INDICATION, kinds.TREATMENT_INDICATION, kinds.GOODS_ILLNESS),
)
LOCAL_SAYS: dict[str, Says] = {
    **dict.fromkeys(_INDICATIONS, _codes("仅限诊断编码", "for the diagnoses only")),
    **dict.fromkeys((kinds.DRUG_FORBIDDEN, kinds.ITEM_FORBIDDEN), _codes("禁用于诊断编码", "forbidden with diagnoses")),
    kinds.DRUG_PREGNANCY: _codes("不宜用于诊断编码", "unsafe with the diagnoses"),
    **dict.fromkeys((kinds.ITEM_DEPARTMENT, kinds.GOODS_DEPARTMENT), _codes("仅限科室", "in the departments only")),
    kinds.INTERNET_DRUG: _codes("医疗类别不予支付", "not paid in the care categories"),
    kinds.ANTIBIOTIC_GRADE: _grade,
    **dict.fromkeys((kinds.DRUG_DOSE, kinds.HERB_DOSE, kinds.GOODS_COUNT), _units),
    **dict.fromkeys((kinds.ITEM_CAP, kinds.GOODS_CAP), _cap),
    kinds.HERB_NEVER: _plain("单方、复方均不予支付", "never paid"),
    kinds.HERB_ALONE: _plain("单方使用不予支付", "not paid when used alone"),
    kinds.ITEM_SPLIT: _split,
    kinds.CT_ITEM: _plain("CT 检查", "CT examination"),
    kinds.MRI_ITEM: _plain("核磁检查", "MRI examination"),
    kinds.DRUG_SECOND_LINE: _second_line,
    kinds.DRUG_INTERACTION: _other("与{}不宜同用", "not together with {}"),
    kinds.HERB_INCOMPATIBLE: _other("与{}配伍禁忌", "not together with {}"),
    kinds.DRUG_SERVICE: _other("须与{}同时出现", "goes with {}"),
    kinds.GOODS_SERVICE: _other("须与{}同时出现", "goes with {}"),
    kinds.DIAGNOSIS_ITEM: _other("应有{}等项目", "goes with {} or the like"),
    kinds.DISEASE_DRUG: _other("病种目录含{}", "its list holds {}"),
}
