"""限性别: an item that the catalogue pays for one sex only, billed for the other."""

from __future__ import annotations

import numpy as np

from rules.facts import Facts
from rules.frame import DEFINITE, Hits, rule
from rules.numbers import Numbers

DRUGS = frozenset({"drug", "herbal"})
_CALLED = {"1": ("男性", "men"), "2": ("女性", "women")}


@rule(
    code="GZ10000301004000",
    name_zh="药品区分性别使用",
    name_en="Drug for the other sex",
    category="医疗类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库、知识库（第一批，药品区分性别使用，2025-05-23 公布）；药品目录限定支付范围",
    subject_kind="institution",
)
def drug_for_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug that is paid for one sex only is billed for a person of the other; an unknown sex is no hit."""
    return _other_sex(facts, drugs=True)


@rule(
    code="GZ10000302004000",
    name_zh="医疗服务项目区分性别使用",
    name_en="Service for the other sex",
    category="医疗类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库、知识库（第一批，医疗服务项目区分性别使用，2025-05-23 公布）；医疗服务项目目录",
    subject_kind="institution",
)
def service_for_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A service or consumable that is paid for one sex only is billed for a person of the other."""
    return _other_sex(facts, drugs=False)


def _other_sex(facts: Facts, *, drugs: bool) -> Hits:
    only = facts.of_item("only_sex", None)
    sex = facts.of_patient("sex", None)[facts.claim_of_line]
    kinds = facts.batch.lines["item_kind"].tolist()
    is_drug = np.fromiter(map(DRUGS.__contains__, kinds), dtype=np.bool_, count=len(kinds))
    opposite = ((only == "1") & (sex == "2")) | ((only == "2") & (sex == "1"))
    lines = np.flatnonzero(opposite & (is_drug == drugs) & facts.is_settlement[facts.claim_of_line])
    says = [(facts.item_label(line), _CALLED[only[line]]) for line in lines.tolist()]
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [f"“{label}”仅限{zh}支付，与参保人登记性别不符" for label, (zh, _) in says],
        [f"{label} is paid for {en} only, which is not the registered sex" for label, (_, en) in says],
    )
