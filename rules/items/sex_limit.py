"""限性别: an item that the catalogue or the knowledge tables have for one sex only, billed for the other."""

from __future__ import annotations

import numpy as np

from claims.lookup import is_given
from claims.masks import is_any, rows_where
from claims.tables import Array
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits, rule
from rules.knowledge.kinds import DRUG_SEX, GOODS_SEX, ITEM_SEX
from rules.known import Points
from rules.line_hits import line_hits
from rules.national_rule import national
from rules.numbers import Numbers

DRUGS = frozenset({"drug", "herbal"})
_CALLED = {"1": ("男性", "men"), "2": ("女性", "women")}


@rule(
    code="GZ10000301004000",
    name_zh="药品区分性别使用",
    name_en="Drug for the other sex",
    category="医疗类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库、知识库（第一批，药品区分性别使用，2025-05-23 公布）；药品目录限定支付范围",
    subject_kind="institution",
    touches=("drug", "herbal"),
)
def drug_for_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug for one sex only is billed for a person of the other; an unknown sex is no hit.

    It is a question of medicine, so that a person looks, also where the catalogue itself pays for one sex only.
    """
    return _other_sex(facts, drugs=True)


@rule(
    code="GZ10000302004000",
    name_zh="医疗服务项目区分性别使用",
    name_en="Service for the other sex",
    category="医疗类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库、知识库（第一批，医疗服务项目区分性别使用，2025-05-23 公布）；医疗服务项目目录",
    subject_kind="institution",
    touches=("service", "consumable", "facility"),
)
def service_for_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A service or consumable for one sex only is billed for a person of the other; graded as a drug is."""
    return _other_sex(facts, drugs=False)


@national("YC-GOODSSEX", grade=HIGHLY, needs=(GOODS_SEX,))
def consumable_for_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """A consumable that a knowledge table has for one sex only is billed for a person of the other."""
    points = facts.points(GOODS_SEX).one_a_line()
    only = points.of("only_sex")
    chosen = _opposite(only, facts.of_patient("sex", None)[facts.claim_of_line[points.line]])
    says = []
    for line, sex in zip(points.line[chosen].tolist(), only[chosen].tolist(), strict=True):
        label, (zh, en) = facts.item_label(line), _CALLED[sex]
        says.append(
            (f"“{label}”仅限{zh}使用，与参保人登记性别不符", f"{label} is for {en} only, not the registered sex")
        )
    return line_hits(facts, points.line[chosen], says)


def _other_sex(facts: Facts, *, drugs: bool) -> Hits:
    paid, kind = facts.of_item("only_sex", None), DRUG_SEX if drugs else ITEM_SEX
    if kind not in facts.known.kinds and not is_any(is_given(paid)):
        return nothing()
    points = facts.points(kind).one_a_line()
    sex = facts.of_patient("sex", None)[facts.claim_of_line]
    items = facts.batch.lines["item_kind"].tolist()
    is_drug = np.fromiter(map(DRUGS.__contains__, items), dtype=np.bool_, count=len(items))
    by_catalogue = _opposite(paid, sex)
    only = _only_sex(facts, points)
    opposite = by_catalogue | _opposite(only, sex)
    lines = rows_where(opposite & (is_drug == drugs) & facts.is_judged)
    says = [
        (facts.item_label(line), _CALLED[(paid if by_catalogue[line] else only)[line]], by_catalogue[line])
        for line in lines.tolist()
    ]
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [f"“{label}”仅限{zh}{'支付' if is_paid else '使用'}，与参保人登记性别不符" for label, (zh, _), is_paid in says],
        [
            f"{label} is {'paid ' if is_paid else ''}for {en} only, which is not the registered sex"
            for label, (_, en), is_paid in says
        ],
    )


def _opposite(only: Array, sex: Array) -> Array:
    return np.asarray(((only == "1") & (sex == "2")) | ((only == "2") & (sex == "1")), dtype=np.bool_)


def _only_sex(facts: Facts, points: Points) -> Array:
    """(m,) the sex for which a knowledge table has each line's item, None without one."""
    only = np.full(len(facts.claim_of_line), None, dtype=object)
    only[points.line] = points.of("only_sex") if len(points) else None
    return only
