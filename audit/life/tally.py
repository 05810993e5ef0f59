"""One column of a back-test: what a rule found in a period, added up part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audit.answers import yuan
from audit.life.past_verdicts import WHOLE, Shares, Verdict, judged
from claims.batch import ClaimBatch
from claims.clock import to_moment
from rules.frame import Hit, Rule
from rules.run import RuleResult
from scoring.actions import ACTIONS, REMIND, action_of

MOST_NAMED = 5
"""Institutions and other rules that are named; the others are counted."""


class Tally:
    """Grows by `add`; `plain` gives the figures. A stop is a settlement that the rule alone would hold or refuse.

    Its size depends on how many persons and institutions are touched, not on how many claims are read.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.asked = self.hits = self.claims = self.amount_fen = self.paid_fen = self.unjudged = 0
        self.institutions: Counter[str] = Counter()
        self.persons: set[int] = set()
        self.actions: Counter[str] = Counter()
        self.grades: Counter[str] = Counter()
        self.by_month: dict[str, list[int]] = {}
        self.overlap: Counter[str] = Counter()
        self.spared: Counter[str] = Counter()
        self.crashes: Counter[str] = Counter()
        self.shares, self.shares_of_stops = Shares(), Shares()

    def add(
        self,
        batch: ClaimBatch,
        asked: int,
        found: RuleResult,
        others: Mapping[int, set[str]],
        verdicts: Mapping[str, Sequence[Verdict]],
    ) -> None:
        """Add a part.

        Args:
            batch: its claims.
            asked: how many of them the rule covers.
            found: what it found.
            others: by row the codes of other rules that hit the claim; rows with a hit at least.
            verdicts: by claim, those of claims with a hit at least.
        """
        self.asked += asked
        self.unjudged += int(np.count_nonzero(found.crashed_claims))
        self.crashes.update(error for _, error in found.crashed)
        for (_, exemption), count in found.spared.items():
            self.spared[exemption] += count
        for row, hits in _by_claim(found.hits).items():
            strongest = max(action_of(hit) for hit in hits)
            self._add_claim(batch, row, hits, ACTIONS[strongest])
            self.overlap.update(others.get(row, ()))
            lines = [int(batch.lines["line_number"][hit.line_row]) if hit.line_row >= 0 else WHOLE for hit in hits]
            finding = judged(lines, verdicts.get(batch.claims["claim_id"][row], ()))
            self.shares.add(finding)
            if strongest > ACTIONS.index(REMIND):
                self.shares_of_stops.add(finding)

    def _add_claim(self, batch: ClaimBatch, row: int, hits: Sequence[Hit], action: str) -> None:
        claims = batch.claims
        amount = sum(hit.amount_fen for hit in hits)
        self.hits += len(hits)
        self.claims += 1
        self.amount_fen += amount
        self.paid_fen += min(amount, max(int(claims["fund_fen"][row] + claims["account_fen"][row]), 0))
        self.institutions[str(claims["institution_id"][row])] += 1
        self.persons.add(hash(claims["patient_id"][row]))
        self.actions[action] += 1
        self.grades.update(str(hit.grade) for hit in hits)
        month = self.by_month.setdefault(f"{to_moment(int(claims['settled_at'][row])):%Y-%m}", [0, 0])
        month[0] += 1
        month[1] += amount

    def plain(self) -> dict[str, Any]:
        """The figures as JSON can hold them; money in yuan."""
        return {
            "numbers": {name: number.values.tolist() for name, number in self.rule.numbers.items()},
            "asked_claims": self.asked,
            "hits": self.hits,
            "claims": self.claims,
            "amount_yuan": yuan(self.amount_fen),
            "paid_yuan": yuan(self.paid_fen),
            "institutions": len(self.institutions),
            "most_hit_institutions": dict(self.institutions.most_common(MOST_NAMED)),
            "persons": len(self.persons),
            "actions": dict(self.actions),
            "grades": dict(self.grades),
            "by_month": {
                month: {"claims": claims, "amount_yuan": yuan(fen)}
                for month, (claims, fen) in sorted(self.by_month.items())
            },
            "overlap": [
                {"code": code, "claims": claims, "share": round(claims / self.claims, 4)}
                for code, claims in self.overlap.most_common(MOST_NAMED)
            ],
            "verdicts": self.shares.plain(),
            "verdicts_of_stops": self.shares_of_stops.plain(),
            "spared": dict(self.spared),
            "crashes": dict(self.crashes),
            "unjudged_claims": self.unjudged,
        }


def _by_claim(hits: Sequence[Hit]) -> dict[int, list[Hit]]:
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.claim_row, []).append(hit)
    return found
