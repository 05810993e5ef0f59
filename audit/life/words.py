"""Words of the life of rules, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from rules import exempt
from rules.frame import State

Words = tuple[str, str]
"""Chinese and English."""

STATES: Mapping[State, Words] = {
    State.DRAFT: ("草稿", "draft"),
    State.SHADOW: ("试运行", "shadow"),
    State.ACTIVE: ("启用", "active"),
    State.RETIRED: ("停用", "retired"),
}

EXEMPTIONS: Mapping[str, Words] = {
    exempt.LONG_PRESCRIPTION: ("长期处方", "long prescription"),
    exempt.FAMILY_ACCOUNT: ("家庭共济", "bought by a personal account for the family"),
    exempt.TRAVEL_STOCK: ("节前备药", "stock before the Spring Festival"),
    exempt.WHOLE_PACKS: ("整盒", "whole packs"),
    exempt.ONCOLOGY: ("肿瘤治疗", "treatment of a tumour"),
    exempt.DIALYSIS: ("透析治疗", "dialysis"),
    exempt.EMERGENCY: ("急诊抢救", "emergency"),
    exempt.MANUAL: ("手工报销", "typed-in claim"),
    exempt.UPLOADED_LATER: ("补传", "uploaded later"),
    exempt.SPLIT_PACK: ("拆零销售", "sold by the piece"),
}


def exemption_words(name: str) -> Words:
    """How an exemption is called; one without words of its own by its name."""
    return EXEMPTIONS.get(name, (name, name.replace("_", " ")))


def spared_rows(spared: Mapping[tuple[str, str], int]) -> list[tuple[str, str, str, int]]:
    """Rows for a report on what exemptions spared, most first: the rule's code, Chinese and English words, the count.

    Args:
        spared: counts by rule code and exemption, as `rules.run.RuleResult` and `audit.life.counts` give them.
    """
    rows = [(code, *exemption_words(name), count) for (code, name), count in spared.items()]
    return sorted(rows, key=lambda row: (-row[3], row[0], row[2]))
