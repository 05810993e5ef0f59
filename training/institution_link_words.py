"""Sentences for the columns of shared patients and doctors, made from the parts of their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnWords:
    """How a column is called and said: its name, unit, and sentence parts with `{value}`."""

    name: str
    unit: str
    says_zh: str
    says_en: str


_SHARED = {
    "elsewhere": ("count", "{value} 名{who}也在其他机构", "{value} of its {who} also appear at other institutions"),
    "elsewhere_share": (
        "share",
        "{value} 的{who}也在其他机构",
        "{value} of its {who} also appear at other institutions",
    ),
    "institutions_mean": (
        "ratio",
        "每名{who}平均出现在 {value} 家机构",
        "its {who} appear at {value} institutions on average",
    ),
    "strongest_share": (
        "share",
        "{value} 的{who}与同一家机构共有",
        "{value} of its {who} are shared with one other institution",
    ),
    "neighbours": ("count", "通过{who}与 {value} 家机构相连", "linked to {value} institutions by shared {who}"),
    "neighbours_per_one": (
        "ratio",
        "每名{who}带来 {value} 家相连机构",
        "{value} linked institutions for each of its {who}",
    ),
}
_OF_OTHERS = {
    "claims": ("count", "结算次数", "settlements"),
    "fund_fen_sum": ("fen", "基金支付合计", "total fund payment (yuan)"),
    "fund_fen_mean": ("fen", "次均基金支付", "fund payment a claim (yuan)"),
    "patients": ("count", "参保人数", "patients"),
    "claims_per_patient": ("ratio", "人均结算次数", "claims a patient"),
    "doctors": ("count", "医师数", "doctors"),
    "claims_per_doctor": ("ratio", "每名医师结算次数", "claims a doctor"),
}
_HOW = {"mean": ("平均", "on average"), "max": ("最高", "at most")}
_WHO = {"patients": ("参保人", "patients"), "doctors": ("医师", "doctors")}
_DOCTORS = {
    "busiest_doctor_share": ("share", "{value} 的医师署名出自同一医师", "{value} of the doctors named are one doctor"),
    "doctor_concentration": ("ratio", "医师集中度 {value}", "concentration on few doctors {value}"),
    "claims_by_own_doctors_share": (
        "share",
        "{value} 的医师署名为只在本机构出现的医师",
        "{value} of the doctors named work nowhere else",
    ),
    "doctors_time_here_mean": (
        "share",
        "医师平均有 {value} 的结算在本机构",
        "its doctors have {value} of their claims here on average",
    ),
    "attending_named_share": ("share", "{value} 的结算有经治医师", "{value} of the claims name an attending doctor"),
    "operating_named_share": ("share", "{value} 的结算有手术医师", "{value} of the claims name an operating doctor"),
    "other_named_share": ("share", "{value} 的结算有其他医师", "{value} of the claims name another doctor"),
    "attending_operates_share": (
        "share",
        "{value} 的结算经治与手术为同一人",
        "{value} of the claims have one doctor in both roles",
    ),
}


def link_words(names: Sequence[str]) -> tuple[ColumnWords, ...]:
    """The words of columns of `graphs.institutions`.

    Raises:
        KeyError: a name has no words here yet; a test holds the two lists together.

    >>> link_words(["institution_doctors_elsewhere_share"])[0].says_en
    '{value} of its doctors also appear at other institutions'
    """
    return tuple(ColumnWords(name, *_words(name.removeprefix("institution_"))) for name in names)


def _words(name: str) -> tuple[str, str, str]:
    if name in _DOCTORS:
        return _DOCTORS[name]
    who, rest = name.split("_", 1)
    zh, en = _WHO[who]
    if rest in _SHARED:
        unit, says_zh, says_en = _SHARED[rest]
        return unit, says_zh.replace("{who}", zh), says_en.replace("{who}", en)
    what, how = rest.removeprefix("neighbours_").rsplit("_", 1)
    unit, what_zh, what_en = _OF_OTHERS[what]
    how_zh, how_en = _HOW[how]
    says_zh = f"通过{zh}相连机构的{what_zh}{how_zh} {{value}}" + (" 元" if unit == "fen" else "")
    return unit, says_zh, f"institutions linked by shared {en} have {{value}} {what_en} {how_en}"
