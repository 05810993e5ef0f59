"""Reads what the tables say in words: what is regular becomes numbers, all else is left as not understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Terms = Mapping[str, Any]
"""Columns of the point that the words give, see `claims.tables.KNOWLEDGE`."""

E4 = 10_000
DAYS_OF = {"天": 1, "日": 1, "周": 7, "个月": 30, "月": 30, "年": 365}
"""A month counts as 30 days, a year as 365: the published tables give 12 months as 365 days."""
_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九十")} | {"两": 2}
_DIGITS_OR_WORD = r"(?:\d{1,4}|[一二两三四五六七八九十])"
_NUMBER = rf"({_DIGITS_OR_WORD})"
_LENGTH = rf"{_NUMBER}\s*(天|日|周|个月|月|年)"

CHILDREN = ("儿童", "婴幼儿", "新生儿")
LEVELS = {"一级": 1, "二级": 2, "三级": 3}
SETTINGS = {"住院": "inpatient", "急诊": "emergency", "门诊": "outpatient", "药店": "pharmacy"}


def sex(words: str, remark: str) -> Terms | None:  # noqa: ARG001  # all have this shape
    """男 or 女.

    >>> sex("女", "")
    {'only_sex': '2'}
    """
    found = {"男": "1", "男性": "1", "女": "2", "女性": "2"}.get(words)
    return {"only_sex": found} if found else None


def age_group(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """儿童, 婴幼儿 or 新生儿; their ages are dated numbers of the rules.

    >>> age_group("新生儿", "")
    {'group_name': '新生儿'}
    """
    return {"group_name": words} if words in CHILDREN else None


def age(words: str, remark: str) -> Terms | None:
    """An age range in years or days; also in words, but only where a number is given.

    >>> age("6-17岁", ""), age("18周岁以下", "")
    ({'least_age_years': 6, 'most_age_years': 17}, {'most_age_years': 17})
    >>> age("28天以内", ""), age("60周岁及以上", "")
    ({'most_age_days': 28}, {'least_age_years': 60})
    >>> age("", "参保人年龄超出法定就业年龄限制")
    """
    text = words or remark
    for pattern, made in _AGES:
        found = pattern.fullmatch(text.strip("。 "))
        if found:
            return made(*map(int, found.groups()))
    return None


_YEARS = r"\s*周?岁"
_AGES: tuple[tuple[re.Pattern[str], Callable[..., dict[str, int]]], ...] = (
    (
        re.compile(rf"限?(\d+)(?:{_YEARS})?\s*(?:-|－|—|~|至|到)\s*(\d+){_YEARS}"),
        lambda least, most: {"least_age_years": least, "most_age_years": most},
    ),
    (re.compile(rf"限?(\d+){_YEARS}(?:及以下|\(含\)以下|（含）以下)"), lambda most: {"most_age_years": most}),
    (re.compile(rf"限?(?:未满|小于)?(\d+){_YEARS}(?:以下)?"), lambda end: {"most_age_years": end - 1}),
    (re.compile(rf"限?(\d+){_YEARS}(?:及以上|以上|\(含\)以上|（含）以上)"), lambda least: {"least_age_years": least}),
    (re.compile(r"限?(\d+)\s*[天日](?:及)?(?:以内|以下|内)"), lambda most: {"most_age_days": most}),
)


def insurance(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """工伤 or 生育.

    >>> insurance("工伤", "")
    {'only_insurance': 'work_injury'}
    """
    found = {"工伤": "work_injury", "生育": "maternity"}.get(words.removesuffix("保险"))
    return {"only_insurance": found} if found else None


def settings(words: str, remark: str) -> Terms | None:
    """Care settings; one that only the explanation allows, as 限急诊或住院患者, is allowed too.

    >>> settings("住院", "限急诊或住院患者。")
    {'settings': 'emergency,inpatient'}
    """
    named = re.split(r"[、，,或及和/]", words)
    if not all(name in SETTINGS for name in named):
        return None
    also = re.findall("|".join(SETTINGS), remark)
    return {"settings": ",".join(sorted({SETTINGS[name] for name in (*named, *also)}))}


def level(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """二级及以上.

    >>> level("二级及以上医疗机构", ""), level("三级", ""), level("基层医疗机构", "")
    ({'least_level': 2}, {'least_level': 3}, None)
    """
    found = re.fullmatch(r"限?(一级|二级|三级)(?:及其?以上)?(?:的?(?:定点)?(?:医疗机构|医院))?", words)
    return {"least_level": LEVELS[found[1]]} if found else None


def course(words: str, remark: str) -> Terms | None:
    """The longest paid course: by paid days, or in months and years from the first day on; 单次住院 is one stay.

    >>> course("14天", "单次住院支付不超过14天。") == {"most_days": 14, "per": "stay", "is_span": False}
    True
    >>> course("365天", "支付不超过12个月：1.")["is_span"]
    True
    >>> course("", "总时间不超过90天，评定间隔时间不短于14天。") == {
    ...     "most_days": 90, "per": "course", "is_span": True, "least_gap_days": 14}
    True
    >>> course("", "支付不超过一年，每周最多支付一次。")["per"]
    'week'
    >>> course("", "按医嘱")
    """
    text = re.sub(r"\s", "", remark)
    stated = re.fullmatch(_LENGTH, words) if words else re.search(rf"(?:支付|总时间)(?:最多|不超过){_LENGTH}", text)
    if stated is None:
        return None
    if not words and not _COURSE_IN_WORDS.fullmatch(text):
        return None  # more is said than these words know
    is_span = "总时间" in text or bool(re.search(rf"不超过{_NUMBER}(?:个月|月|年)", text))
    per = "stay" if "单次住院" in text else "course"
    gap = re.search(rf"间隔时间不短于{_LENGTH}", text)
    weekly = re.search(rf"每周最多支付{_NUMBER}次", text)
    return {
        "most_days": _days(stated),
        "is_span": is_span,
        "per": "week" if weekly else per,
        **({"least_gap_days": _days(gap)} if gap else {}),
        **({"most_count_e4": number(weekly[1]) * E4} if weekly else {}),
    }


_COURSE_IN_WORDS = re.compile(
    rf"(?:一个疾病过程|单次住院)?(?:支付|总时间)(?:最多|不超过){_LENGTH}"
    rf"(?:，(?:\w{{0,4}}间隔时间不短于{_LENGTH}|每周最多支付{_NUMBER}次))?。?"
)


def count_of_a_day(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """A number and its unit, `1 日` or `24 小时`: at most so many days or hours are billed for one calendar day.

    >>> count_of_a_day("1 日", ""), count_of_a_day("24 小时", "")
    ({'most_count_e4': 10000, 'per': 'day'}, {'most_count_e4': 240000, 'per': 'day'})
    >>> count_of_a_day("1 次", "")
    """
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,4})?) (日|天|小时|次/日|次/天|次/每日|小时/日)", words)
    return {"most_count_e4": round(float(found[1]) * E4), "per": "day"} if found else None


def cycle(words: str, remark: str) -> Terms | None:
    """So many times in so many days.

    >>> cycle("", "15天内最多支付1次。") == cycle("1 次/15天", "") == cycle("", "每15天1次")
    True
    >>> cycle("", "15天内最多支付1次。")
    {'most_count_e4': 10000, 'per': 'cycle', 'per_length': 15}
    >>> cycle("", "必要时")
    """
    text = re.sub(r"\s", "", words or remark).strip("。")
    for pattern, places in _CYCLES:
        found = pattern.fullmatch(text)
        if found:
            length, times = (found[place] for place in places)
            return {"most_count_e4": number(times) * E4, "per": "cycle", "per_length": _length(length)}
    return None


_CYCLE_LENGTH = rf"({_DIGITS_OR_WORD}?(?:天|日|周|个月|月|年))"
_CYCLES = (
    (
        re.compile(rf"每?{_CYCLE_LENGTH}(?:内|之内)?(?:最多|限|不超过)?(?:支付|收费|计费)?(?:不超过)?{_NUMBER}次"),
        (1, 2),
    ),
    (re.compile(rf"{_NUMBER}次?/{_CYCLE_LENGTH}"), (2, 1)),
)


def _length(text: str) -> int:
    found = re.fullmatch(rf"{_NUMBER}?(天|日|周|个月|月|年)", text)
    assert found
    return number(found[1] or "1") * DAYS_OF[found[2]]


def together(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """Within what two items exclude each other.

    >>> together("单日", ""), together("单次就诊", "")
    ({'per': 'day'}, {'per': 'visit'})
    >>> together("6小时", ""), together("同一小时", "")
    ({'per': 'hours', 'per_length': 6}, {'per': 'hour'})
    """
    plain = {"单日": "day", "单次就诊": "visit", "单次住院": "visit", "同一小时": "hour"}.get(words)
    if plain:
        return {"per": plain}
    found = re.fullmatch(r"(\d{1,2})小时(?:内)?", words)
    return {"per": "hours", "per_length": int(found[1])} if found else None


def group_of_operations(words: str, remark: str) -> Terms | None:  # noqa: ARG001
    """Operations of one group are done through one incision.

    >>> group_of_operations("胃肠手术组", "")
    {'group_name': '胃肠手术组'}
    """
    return {"group_name": words} if words.endswith("组") else None


def number(text: str) -> int:
    """Digits, or one Chinese digit.

    >>> number("12"), number("两")
    (12, 2)
    """
    return int(text) if text.isascii() else _DIGITS[text]


def _days(found: re.Match[str]) -> int:
    return number(found[1]) * DAYS_OF[found[2]]
