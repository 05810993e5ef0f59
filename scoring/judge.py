"""Judges a batch: rules decide, models suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import Array
from rules.catalogue import RULES
from rules.frame import WHOLE_CLAIM, Hit, Rule
from rules.run import RuleResult, run_rules
from scoring.actions import ACTIONS, REMIND, REVIEW, action_of, actions_of_claims, actions_of_lines, named
from scoring.alerts import CRASH_PRIOR, RULE, Alert, alert_of_hit, alert_on, merged
from scoring.bundle import Bundle
from scoring.rule_columns import offered_to, rule_columns
from scoring.views import Views, model_views

__all__ = ["Alert", "Judgement", "judge"]


@dataclass(frozen=True)
class Judgement:
    """What is proposed for n claims with m lines, and why.

    Attributes:
        claim_action: (n,) pass, remind, review or refuse; refuse only where every line is refused.
        line_action: (m,) the same for each line.
        hits: the rules' findings.
        crashed: code and type of error of each rule that crashed; its claims are in review.
        probability: (n,) calibrated; 0 for a reversal, nan for all without a bundle, a prior without trees.
        anomaly: (n,) 0..1, nan likewise.
        reasons: for each claim, strongest first, {"zh", "en", "kind": rule | feature | ring | meeting | crash,
            ...} for JSON.
        money_at_stake_fen: (n,) of what funds and account paid, the part that the findings put in doubt.
        line_money_fen: (m,) the largest amount that a rule found in the line.
        alerts: for the audit queue.
        has_model: False when no bundle was given, so that only rules spoke.
        has_trees: False also while no verdict has taught trees, so that rules and an isolation forest spoke.
        spared: how many findings each exemption spared, by rule code and exemption.
        shadow: what the rules found that are counted only; nothing above comes from it.
    """

    claim_action: Array
    line_action: Array
    hits: list[Hit]
    crashed: list[tuple[str, str]]
    probability: Array
    anomaly: Array
    reasons: list[list[dict[str, Any]]]
    money_at_stake_fen: Array
    line_money_fen: Array
    alerts: list[Alert]
    has_model: bool
    has_trees: bool
    spared: Mapping[tuple[str, str], int]
    shadow: RuleResult

    @property
    def decided_by(self) -> str:
        """What spoke, as answers say it."""
        if self.has_trees:
            return "rules and model"
        return "rules and isolation forest" if self.has_model else "rules only"


def judge(
    batch: ClaimBatch,
    context: Context,
    matrix: Array,
    bundle: Bundle | None,
    *,
    already_paid: bool = False,
    rules: Sequence[Rule] = RULES,
    shadow: Sequence[Rule] = (),
) -> Judgement:
    """Propose an action for each line and claim.

    Args:
        batch: n claims.
        context: what was known beside them.
        matrix: (n, k) feature values in the bundle's order; not read without a bundle.
        bundle: the model that serves, None when nothing was promoted.
        already_paid: the claims are screened after the fact, so that what would have been refused goes to a person.
        rules: the rules to ask.
        shadow: rules that are asked too and change nothing, not even by a crash.

    Raises:
        BadBundle: the matrix does not fit the bundle.
    """
    found = run_rules(batch, context, rules)
    of_rules = rule_columns(len(batch), found.hits)
    views = model_views(batch, matrix if bundle is None else offered_to(bundle, matrix, of_rules), bundle)
    held = found.crashed_claims | views.held
    of_line = actions_of_lines(batch, found.hits, held)
    of_claim = actions_of_claims(batch, of_line, found.hits, held)
    if already_paid:
        of_line, of_claim = (np.minimum(actions, ACTIONS.index(REVIEW)) for actions in (of_line, of_claim))
    paid = np.maximum(batch.claims["fund_fen"] + batch.claims["account_fen"], 0)
    line_money, claim_money = _money(batch, found.hits, held, paid)
    spoken = _spoken(len(batch), found, views, batch)
    return Judgement(
        claim_action=named(of_claim),
        line_action=named(of_line),
        hits=found.hits,
        crashed=found.crashed,
        probability=views.probability,
        anomaly=views.anomaly,
        reasons=spoken,
        money_at_stake_fen=claim_money,
        line_money_fen=line_money,
        alerts=merged(_rule_alerts(batch, found, paid, already_paid) + views.alerts),
        has_model=bundle is not None,
        has_trees=bundle is not None and bundle.has_trees,
        spared=found.spared,
        shadow=run_rules(batch, context, shadow),
    )


def _rule_reason(batch: ClaimBatch, hit: Hit) -> dict[str, Any]:
    return {
        "kind": "rule",
        "zh": f"{hit.name_zh}：{hit.says_zh}",
        "en": f"{hit.name_en}: {hit.says_en}",
        "code": hit.code,
        "grade": str(hit.grade),
        "amount_fen": hit.amount_fen,
        "line_number": int(batch.lines["line_number"][hit.line_row]) if hit.line_row >= 0 else 0,
        "legal_source": hit.source,
    }


def _crash_reason(crashed: list[tuple[str, str]]) -> dict[str, Any]:
    codes = "、".join(code for code, _ in crashed)
    return {
        "kind": "crash",
        "zh": f"规则 {codes} 未能完成判断，转人工审核",
        "en": f"Rule {codes.replace('、', ', ')} could not judge this claim, so a person does",
        "codes": [code for code, _ in crashed],
    }


def _rule_alerts(batch: ClaimBatch, found: RuleResult, paid: Array, already_paid: bool) -> list[Alert]:
    """Alerts of the hits that a person should see: not the reminders, and not what was refused before it was paid."""
    remind, review = ACTIONS.index(REMIND), ACTIONS.index(REVIEW)
    alerts = [
        alert_of_hit(batch, hit, min(hit.amount_fen, int(paid[hit.claim_row])), _rule_reason(batch, hit))
        for hit in found.hits
        if action_of(hit) > remind and (already_paid or action_of(hit) == review)
    ]
    for row in np.flatnonzero(found.crashed_claims).tolist():
        because = [_crash_reason(found.crashed)]
        alerts.append(
            alert_on(
                batch,
                row,
                "institution",
                source=RULE,
                probability=CRASH_PRIOR,
                amount_fen=int(paid[row]),
                reasons=because,
            )
        )
    return alerts


def _spoken(count: int, found: RuleResult, views: Views, batch: ClaimBatch) -> list[list[dict[str, Any]]]:
    """All reasons of each claim: rules by the strength of what they propose, then rings and models, then crashes."""
    spoken: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for hit in sorted(found.hits, key=lambda hit: -action_of(hit)):
        spoken[hit.claim_row].append(_rule_reason(batch, hit))
    for row, because in views.reasons.items():
        spoken[row] += because
    for row in np.flatnonzero(found.crashed_claims).tolist():
        spoken[row].append(_crash_reason(found.crashed))
    return spoken


def _money(batch: ClaimBatch, hits: Sequence[Hit], held: Array, paid: Array) -> tuple[Array, Array]:
    """Money by line and by claim; a held claim has all that was paid at stake, no claim has more."""
    index = batch.lines["claim_index"]
    of_line = np.zeros(len(index), dtype=np.int64)
    whole = np.where(held, paid, 0)
    for hit in hits:
        if hit.line_row == WHOLE_CLAIM:
            whole[hit.claim_row] = max(whole[hit.claim_row], hit.amount_fen)
        else:
            of_line[hit.line_row] = max(of_line[hit.line_row], hit.amount_fen)
    summed = np.zeros(len(batch), dtype=np.int64)
    np.add.at(summed, index, of_line)
    return of_line, np.minimum(np.maximum(summed, whole), paid)
