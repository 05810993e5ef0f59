"""Reads the terms of local tables; as in `terms`, words that are not plain are left as not understood."""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.knowledge.terms import E4, Terms, age, age_group, together

MOST_CODES = 2_000
"""Beginnings of codes in one cell, once its ranges are written out."""
PREGNANCY = ("O10-O16", "O20-O48", "Z33-Z36")
LACTATION = ("O91-O92", "Z39.1")
"""ICD-10: the state itself and what belongs to it; neither abortion nor birth, for which such drugs may be meant."""
ANTIBIOTIC_GRADES = {"非限制使用级": 1, "限制使用级": 2, "特殊使用级": 3}

_BETWEEN = re.compile(r"[、，,；;\s]+")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.+*]{0,19}")
_RANGE = re.compile(r"([A-Z])(\d{2})-([A-Z])(\d{2})")
_LISTED = ("", "在列", "不予支付", "不宜同用")


def listed(words: str, remark: str) -> Terms | None:  # noqa: ARG001  # all have this shape
    """Being in the table says everything; words that would be a condition are not understood.

    >>> listed("", ""), listed("除外情形", "")
    ({}, None)
    """
    return {} if words in _LISTED else None


def codes(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """Beginnings of codes; a range of three-character categories is written out.

    >>> codes("A00T、b01", ""), codes("A08-A10", "")
    ({'codes': 'A00T,B01'}, {'codes': 'A08,A09,A10'})
    >>> codes("癌症", ""), codes("A10-B02", "")
    (None, None)
    """
    found: list[str] = []
    for text in filter(None, _BETWEEN.split(words.upper())):
        ends = _RANGE.fullmatch(text)
        if ends and ends[1] == ends[3] and ends[2] <= ends[4]:
            found += (f"{ends[1]}{category:02d}" for category in range(int(ends[2]), int(ends[4]) + 1))
        elif not ends and _CODE.fullmatch(text):
            found.append(text)
        else:
            return None
    return {"codes": ",".join(dict.fromkeys(found))} if 0 < len(found) <= MOST_CODES else None


def departments(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """Codes of departments, or beginnings of them, or names as the register has them.

    >>> departments("t03.01、测试科", "")
    {'codes': 'T03.01,测试科'}
    """
    found = [text for text in _BETWEEN.split(words.upper()) if text]
    return {"codes": ",".join(dict.fromkeys(found))} if 0 < len(found) <= MOST_CODES else None


def ages(words: str, remark: str) -> Terms | None:
    """An age range or a group of ages, to which the elderly belong too.

    >>> ages("老年人", ""), ages("12周岁以下", "")
    ({'group_name': '老年人'}, {'most_age_years': 11})
    """
    if words == "老年人":
        return {"group_name": words}
    return age_group(words, remark) or (age(words, "") if words else None)


def within_days(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """How far back one looks: so many days, or as far as a past is known.

    >>> within_days("90天内", ""), within_days("", "")
    ({'per': 'days', 'per_length': 90}, {})
    """
    found = re.fullmatch(r"(\d{1,3})[天日](?:以?内)?", words)
    if found:
        return {"per": "days", "per_length": int(found[1])}
    return None if words else {}


def money_of_a_year(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """So many yuan a year.

    >>> money_of_a_year("1500元/年", ""), money_of_a_year("每年最多20.5元", "")
    ({'most_fen': 150000, 'per': 'year'}, {'most_fen': 2050, 'per': 'year'})
    """
    found = re.fullmatch(r"(?:每年(?:最多|不超过)?)?(\d{1,9})(?:\.(\d{1,2}))?\s*元(?:/年)?", words)
    if not found or "年" not in words:
        return None
    return {"most_fen": int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")), "per": "year"}


def units(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """So many units a day, or in one visit.

    >>> units("4片/日", ""), units("0.5 克/天", "")
    ({'most_count_e4': 40000, 'per': 'day'}, {'most_count_e4': 5000, 'per': 'day'})
    >>> units("2个/次就诊", ""), units("2片", "")
    ({'most_count_e4': 20000, 'per': 'visit'}, None)
    """
    found = re.fullmatch(r"(\d{1,6})(?:\.(\d{1,4}))?\s*[^\d\s/]{0,6}\s*/\s*(日|天|次就诊|次住院)", words)
    if not found:
        return None
    most = int(found[1]) * E4 + int((found[2] or "").ljust(4, "0"))
    return {"most_count_e4": most, "per": "day" if found[3] in "日天" else "visit"}


def units_of_a_day(words: str, remark: str) -> Terms | None:
    """As `units`, of a day only."""
    found = units(words, remark)
    return found if found and found["per"] == "day" else None


def antibiotic_grade(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """非限制使用级, 限制使用级 or 特殊使用级.

    >>> antibiotic_grade("特殊使用级", "")
    {'least_level': 3}
    """
    found = ANTIBIOTIC_GRADES.get(words if words.endswith("级") else f"{words}使用级")
    return {"least_level": found} if found else None


def group(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """The name of what several items make together.

    >>> group("测试组", "")
    {'group_name': '测试组'}
    """
    return {"group_name": words} if words else None


def pregnancy(words: str, remark: str) -> Terms | None:
    """妊娠期, 哺乳期 or both, as beginnings of diagnosis codes.

    >>> pregnancy("哺乳期", "")
    {'codes': 'O91,O92,Z39.1', 'group_name': '哺乳期'}
    """
    states = {"妊娠期": PREGNANCY, "哺乳期": LACTATION}
    named = [name for name in re.split(r"[、及和或]", words) if name]
    if not named or not all(name in states for name in named):
        return None
    found = codes("、".join(code for name in dict.fromkeys(named) for code in states[name]), remark)
    return {**(found or {}), "group_name": words}


def day_or_visit(words: str, remark: str) -> Terms | None:
    """Within what two items exclude each other; the visit if nothing is said."""
    return together(words, remark) if words else {"per": "visit"}


Reader = Callable[[str, str], Terms | None]
