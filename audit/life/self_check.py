"""Answers the five questions about the rule library that an agency has to ask itself, each with evidence.

The questions are those of 宜兴市医疗保障局 2022-02-18 (自查智能监控系统规则库). What the last twelve months show
counts, not what could be done: a rule that was never asked is no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

from audit.answers import yuan
from audit.life.evidence import THEMES, Evidence, read_evidence
from rules.catalogue import RULES
from rules.frame import Rule, State


class Verdict(StrEnum):
    """How far a question is answered with yes."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


Sentence = tuple[str, str]
"""Chinese and English."""


@dataclass(frozen=True)
class Answer:
    """The answer to one question."""

    question: Sentence
    verdict: Verdict
    evidence: Sequence[Sentence]

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "question_zh": self.question[0],
            "question_en": self.question[1],
            "verdict": str(self.verdict),
            "evidence": [{"zh": zh, "en": en} for zh, en in self.evidence],
        }


def check_oneself(connection: psycopg.Connection, rules: Sequence[Rule] = RULES) -> list[Answer]:
    """The five answers, from what the store holds of the last twelve months; reads all decisions of that time.

    Args:
        connection: may be the service's.
        rules: the catalogue.
    """
    evidence = read_evidence(connection, rules)
    return [question(evidence) for question in QUESTIONS]


AREAS: Mapping[str, Sentence] = {
    "outpatient": ("门诊", "outpatient"),
    "inpatient": ("住院", "inpatient"),
    "pharmacy": ("药店购药", "pharmacy"),
}


def _covers(found: Evidence) -> Answer:
    judged = {area: found.areas.get(area) for area in AREAS}
    says: list[Sentence] = []
    for area, (zh, en) in AREAS.items():
        one = judged[area]
        if one is None:
            says.append((f"{zh}：近 12 个月无审核记录", f"{en}: no settlement was judged in the last 12 months"))
            continue
        says.append(
            (
                f"{zh}：审核 {one.settlements:,} 笔（{one.institutions:,} 家机构），命中 {one.hit:,} 笔，"
                f"最近 {one.last:%Y-%m-%d}",
                f"{en}: {one.settlements:,} settlements of {one.institutions:,} institutions judged, {one.hit:,} hit, "
                f"last on {one.last:%Y-%m-%d}",
            )
        )
    active = found.with_state(State.ACTIVE)
    says.append(
        (
            f"规则 {len(found.states)} 条：启用 {len(active)}，试运行 {len(found.with_state(State.SHADOW))}；"
            f"启用规则中 {len(found.waiting)} 条因知识表未导入而未运行",
            f"{len(found.states)} rules: {len(active)} active, {len(found.with_state(State.SHADOW))} in shadow; "
            f"{len(found.waiting)} active ones are not asked since their knowledge table is not loaded",
        )
    )
    question = (
        "是否已覆盖门诊、住院和药店购药费用？",
        "Does the rule library cover outpatient, inpatient and pharmacy fees?",
    )
    return Answer(question, _of_parts([one is not None for one in judged.values()]), says)


def _analyses(found: Evidence) -> Answer:
    says: list[Sentence] = []
    for kind, zh, en in (("patient", "参保人", "person"), ("institution", "机构", "institution")):
        columns, accounts, cases = found.columns[kind], found.account_columns[kind], found.cases.get(kind, 0)
        says.append(
            (
                f"按{zh}分析：{columns} 个指标，其中个人账户 {accounts} 个；近 12 个月立案 {cases:,} 件",
                f"by {en}: {columns} columns, {accounts} of them about the personal account; "
                f"{cases:,} cases in the last 12 months",
            )
        )
    when = f"{found.built_at:%Y-%m-%d}" if found.built_at else None
    says.append(
        (
            f"指标最近计算于 {when}" if when else "指标尚未计算（yicha features build）",
            f"columns were last built on {when}" if when else "the columns are not built (yicha features build)",
        )
    )
    question = (
        "是否可以以参保人员和定点医药机构为主体，多维度分析门诊费用和个人账户使用发生情况？",
        "Can outpatient fees and account use be analysed by person and by institution, in several dimensions?",
    )
    has = [bool(found.columns[kind] and found.account_columns[kind]) for kind in ("patient", "institution")]
    return Answer(question, _of_parts([*has, found.built_at is not None]), says)


def _rules_in_real_time(found: Evidence) -> Answer:
    says, parts = [], []
    for theme, (zh, en, codes) in THEMES.items():
        active = [code for code in codes if found.states.get(code) is State.ACTIVE and code not in found.waiting]
        parts.append(bool(active) and any(code in found.live for code in active))
        last = max((found.live[code] for code in active if code in found.live), default=None)
        hits = sum(found.hits.get(code, 0) for code in active)
        names = "、".join(active) or "无"
        say_zh = f"{zh}：启用 {names}；近 12 个月命中 {hits:,} 次；"
        say_en = f"{en}: {', '.join(active) or 'no rule'} active; {hits:,} hits in the last 12 months; "
        if theme == "cost" and not active:
            say_zh += f"由 {found.cost_columns} 个费用指标进入模型评分；"
            say_en += f"{found.cost_columns} columns of cost go into the model's score; "
        say_zh += f"结算时最近运行 {last:%Y-%m-%d}" if last else "结算时未运行"
        say_en += f"last asked at a settlement on {last:%Y-%m-%d}" if last else "not asked at any settlement"
        says.append((say_zh, say_en))
    question = (
        "是否建立对高频次、高费用、“大处方开药”、“无指征开药”等实时门诊智能监控稽核规则？",
        "Are there real-time outpatient rules for high frequency, high cost, large prescriptions and no indication?",
    )
    return Answer(question, _of_parts(parts), says)


def _reminds(found: Evidence) -> Answer:
    before, during = found.advice.get("before", 0), found.advice.get("pre_settlement", 0)
    says: list[Sentence] = [
        (
            f"事前（就诊前）提示 {before:,} 次，事中（结算前）预警 {during:,} 次，来自 {found.systems} 个机构系统",
            f"{before:,} questions before care and {during:,} before settlement, from {found.systems} systems",
        )
    ]
    for area in ("outpatient", "pharmacy"):
        (zh, en), one = AREAS[area], found.areas.get(area)
        live, after = (one.live, one.settlements - one.live) if one else (0, 0)
        says.append(
            (
                f"{zh}：结算时审核 {live:,} 笔，事后筛查 {after:,} 笔",
                f"{en}: {live:,} at settlement, {after:,} afterwards",
            )
        )
    says.append(
        (
            f"人员登记完整的机构 {found.complete_registers:,} / {found.institutions:,} 家，24 小时内确认 "
            f"{found.fresh_registers:,} 家",
            f"the staff register is complete at {found.complete_registers:,} of {found.institutions:,} institutions "
            f"and was confirmed within 24 hours at {found.fresh_registers:,}",
        )
    )
    live_areas = [bool((one := found.areas.get(area)) and one.live) for area in ("outpatient", "pharmacy")]
    question = (
        "是否已嵌入定点医药机构系统，对门诊和药店售药做到事前、事中和事后全流程提醒？",
        "Is it embedded in the institutions' systems, with reminders before, during and after?",
    )
    afterwards = any(one.settlements > one.live for one in found.areas.values())
    return Answer(question, _of_parts([before > 0, during > 0, *live_areas, afterwards]), says)


def _follows_up(found: Evidence) -> Answer:
    told = found.follow_up
    says: list[Sentence] = [
        (
            f"提醒 {told.reminded:,} 笔，转审核 {told.held:,} 笔，拒付 {told.refused:,} 笔，"
            f"已立案 {told.in_cases:,} 笔",
            f"{told.reminded:,} settlements reminded, {told.held:,} held, {told.refused:,} refused; "
            f"{told.in_cases:,} of them are in a case",
        ),
        (
            f"案件已办结 {told.closed:,} 件，未办结 {told.open:,} 件",
            f"{told.closed:,} cases closed, {told.open:,} open",
        ),
        (
            f"认定违规 {told.violating:,} 项，金额 {yuan(told.violating_fen)} 元；认定无误 {told.in_order:,} 项",
            f"{told.violating:,} findings of violations over {yuan(told.violating_fen)} yuan, "
            f"{told.in_order:,} in order",
        ),
    ]
    question = ("是否对提醒开展后台约束处理？", "Are reminders followed by constraint in the back office?")
    constrained = told.refused > 0 or told.violating > 0
    return Answer(question, _of_parts([told.in_cases > 0, told.closed > 0, constrained]), says)


QUESTIONS: tuple[Callable[[Evidence], Answer], ...] = (
    _covers,
    _analyses,
    _rules_in_real_time,
    _reminds,
    _follows_up,
)


def _of_parts(parts: Sequence[bool]) -> Verdict:
    if all(parts):
        return Verdict.YES
    return Verdict.PARTLY if any(parts) else Verdict.NO
