"""Says in one sentence what a point limits, for people who look it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rules.knowledge import kinds
from rules.knowledge.local_words import LOCAL_SAYS

E4 = 10_000
SETTING_WORDS = {
    "inpatient": ("住院", "inpatient"),
    "emergency": ("急诊", "emergency"),
    "outpatient": ("门诊", "outpatient"),
    "pharmacy": ("药店", "pharmacy"),
}
INSURANCE_WORDS = {
    "work_injury": ("工伤保险", "work-injury insurance"),
    "maternity": ("生育保险", "maternity insurance"),
}
SEX_WORDS = {"1": ("男性", "men"), "2": ("女性", "women")}
GROUP_WORDS = {"儿童": "children", "婴幼儿": "infants", "新生儿": "newborns", "老年人": "the elderly"}
LEVEL_WORDS = {1: "一级", 2: "二级", 3: "三级"}

Words = tuple[str, str]
"""A sentence in Chinese and in English."""


def says(point: Mapping[str, Any]) -> Words:
    """What the point limits; of one whose words could not be read, the words.

    >>> says({"kind": "drug_sex", "only_sex": "2", "is_understood": True})
    ('仅限女性', 'for women only')
    """
    if not point["is_understood"]:
        words = point["words"] or point["remark"] or ""
        return f"未能解析，不参与判断：{words}", f"not understood, acts never: {words}"
    return _SAYS[point["kind"]](point)


def _sex(point: Mapping[str, Any]) -> Words:
    zh, en = SEX_WORDS[point["only_sex"]]
    return f"仅限{zh}", f"for {en} only"


def _child(point: Mapping[str, Any]) -> Words:
    return f"仅限{point['group_name']}", f"for {GROUP_WORDS.get(point['group_name'], 'children')} only"


def _insurance(point: Mapping[str, Any]) -> Words:
    zh, en = INSURANCE_WORDS[point["only_insurance"]]
    return f"仅限{zh}支付", f"paid by {en} only"


def setting_words(settings: str) -> Words:
    """Several settings in words.

    >>> setting_words("emergency,inpatient")
    ('急诊、住院', 'emergency or inpatient')
    """
    pairs = [SETTING_WORDS[name] for name in settings.split(",")]
    return "、".join(zh for zh, _ in pairs), " or ".join(en for _, en in pairs)


def _setting(point: Mapping[str, Any]) -> Words:
    zh, en = setting_words(point["settings"])
    return f"仅限{zh}支付", f"paid for {en} care only"


def _level(point: Mapping[str, Any]) -> Words:
    least = point["least_level"]
    return f"限{LEVEL_WORDS[least]}及以上医疗机构", f"paid from institution level {least} on"


def _course(point: Mapping[str, Any]) -> Words:
    within = ("单次住院", "per stay") if point["per"] == "stay" else ("一个疗程", "per course")
    zh, en = f"{within[0]}支付不超过 {point['most_days']} 天", f"at most {point['most_days']} paid days {within[1]}"
    if point["least_gap_days"] is not None:
        gap = point["least_gap_days"]
        zh, en = f"{zh}，间隔不短于 {gap} 天", f"{en}, at least {gap} days apart"
    if point["per"] == "week":
        times = point["most_count_e4"] // E4
        zh, en = f"{zh}，每周最多 {times} 次", f"{en}, at most {times} a week"
    return zh, en


def count_words(most_count_e4: int) -> str:
    """A count without needless decimals.

    >>> count_words(10_000), count_words(5_000)
    ('1', '0.5')
    """
    return f"{most_count_e4 / E4:g}"


def _count(point: Mapping[str, Any]) -> Words:
    most = count_words(point["most_count_e4"])
    return f"每日最多 {most}", f"at most {most} a day"


def _cycle(point: Mapping[str, Any]) -> Words:
    most, days = count_words(point["most_count_e4"]), point["per_length"]
    return f"每 {days} 天最多 {most} 次", f"at most {most} in {days} days"


def window_words(per: str, length: int) -> Words:
    """Within what two items exclude each other.

    >>> window_words("hours", 6)
    ('6 小时内', 'within 6 hours')
    """
    return {
        "day": ("同日", "on one day"),
        "visit": ("同一次就诊", "in one visit"),
        "hour": ("同一小时", "in one hour"),
        "hours": (f"{length} 小时内", f"within {length} hours"),
    }[per]


def _pair(point: Mapping[str, Any]) -> Words:
    zh, en = window_words(point["per"], point["per_length"] or 0)
    other = f"{point['other_name']}（{point['other_code']}）"
    return (
        f"“{point['item_name']}”已包含“{other}”，{zh}不得另收",
        f"{point['item_name']} contains {other}, not billed beside it {en}",
    )


def _group(point: Mapping[str, Any]) -> Words:
    name = point["group_name"]
    return (
        f"{name}，同一切口的第二个及以后手术须折价",
        f"{name}: later operations through one incision at a reduced price",
    )


def _ages(point: Mapping[str, Any]) -> Words:
    return _child(point) if point["group_name"] else _age(point)


def _unsafe_age(point: Mapping[str, Any]) -> Words:
    zh, en = _ages(point)
    return f"{zh.removeprefix('仅限').strip()}不宜使用", f"unsafe {en.removesuffix(' only')}"


def _age(point: Mapping[str, Any]) -> Words:
    return age_words(point["least_age_years"], point["most_age_years"], point["most_age_days"])


def age_words(least_years: int | None, most_years: int | None, most_days: int | None) -> Words:
    """An age range.

    >>> age_words(6, 17, None), age_words(None, None, 28)
    (('仅限 6 至 17 周岁', 'from 6 to 17 years only'), ('仅限 28 天及以下', 'up to 28 days of age only'))
    """
    if most_days is not None:
        return f"仅限 {most_days} 天及以下", f"up to {most_days} days of age only"
    if least_years is not None and most_years is not None:
        return f"仅限 {least_years} 至 {most_years} 周岁", f"from {least_years} to {most_years} years only"
    if least_years is None:
        return f"仅限 {most_years} 周岁及以下", f"up to the age of {most_years} only"
    return f"仅限 {least_years} 周岁及以上", f"from the age of {least_years} only"


_SAYS: dict[str, Callable[[Mapping[str, Any]], Words]] = {
    kinds.DRUG_SEX: _sex,
    kinds.ITEM_SEX: _sex,
    kinds.DRUG_CHILD: _child,
    kinds.DRUG_CHILD_PAID: _child,
    kinds.ITEM_CHILD: _child,
    kinds.DRUG_INSURANCE: _insurance,
    kinds.DRUG_SETTING: _setting,
    kinds.DRUG_LEVEL: _level,
    kinds.DRUG_COURSE: _course,
    kinds.ITEM_COURSE: _course,
    kinds.ITEM_AGE: _age,
    kinds.ITEM_COUNT: _count,
    kinds.ITEM_CYCLE: _cycle,
    kinds.ITEM_PAIR: _pair,
    kinds.OPERATION_GROUP: _group,
    **dict.fromkeys((kinds.DRUG_NEWBORN, kinds.ITEM_NEWBORN, kinds.GOODS_NEWBORN), _child),
    **dict.fromkeys((kinds.ITEM_CHILD_PAID, kinds.GOODS_CHILD_PAID), _child),
    **dict.fromkeys((kinds.GOODS_SEX, kinds.DIAGNOSIS_SEX), _sex),
    **dict.fromkeys((kinds.DRUG_NOT_CHILD, kinds.DRUG_ELDERLY), _unsafe_age),
    kinds.DIAGNOSIS_AGE: _ages,
    kinds.ITEM_INSURANCE: _insurance,
    kinds.ITEM_SETTING: _setting,
    kinds.ITEM_LEVEL: _level,
    kinds.ITEM_GOODS: _pair,
    **LOCAL_SAYS,
}
