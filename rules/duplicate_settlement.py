"""重复结算: the same lines for the same person, place and day as an earlier settlement that still stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from claims.clock import area_day
from claims.lookup import Codes
from claims.tables import SETTLEMENT, Array
from rules.days import first_known
from rules.facts import Facts
from rules.frame import HIGHLY, WHOLE_CLAIM, Hits, rule
from rules.numbers import Numbers
from rules.past import Past
from rules.words import yuan


@rule(
    code="YC-DUPLICATE",
    name_zh="重复结算",
    name_en="Settled twice",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（三）重复收费、第四十一条（二）重复享受待遇",
    subject_kind="institution",
)
def settled_twice(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A settlement repeats the items, quantities and amounts of an earlier one of the same person, place and day.

    An earlier one that was reversed before this claim, wholly or in part, is not repeated but corrected.
    """
    past = facts.past
    earlier = _earlier_twin(_Comparison(past))
    hits = [(row - past.first_of_batch, twin) for row, twin in earlier.items() if row >= past.first_of_batch]
    hits.sort()
    rows = np.array([row for row, _ in hits], dtype=np.int64)
    totals = np.maximum(facts.batch.claims["total_fen"][rows], 0)
    says = [
        (str(past.claims["claim_id"][twin]), yuan(fen)) for (_, twin), fen in zip(hits, totals.tolist(), strict=True)
    ]
    return Hits(
        rows,
        np.full(len(rows), WHOLE_CLAIM, dtype=np.int64),
        totals,
        [f"与同日结算 {twin} 的项目、数量、金额完全相同，且该结算未退费，合计 {amount} 元" for twin, amount in says],
        [
            f"Same items, quantities and amounts as {twin} of the same day, which was not reversed: {amount} yuan"
            for twin, amount in says
        ],
    )


@dataclass(frozen=True)
class _Comparison:
    """p claims as prints that are equal where the claims are twins; equality is then checked on the facts."""

    past: Past

    @cached_property
    def day(self) -> Array:
        claims = self.past.claims
        return area_day(first_known(claims["served_at"], claims["settled_at"]))

    @cached_property
    def bounds(self) -> Array:
        """(p + 1,) where each claim's lines begin."""
        return np.searchsorted(self.past.lines["claim_index"], np.arange(len(self.past.order) + 1))

    @cached_property
    def prints(self) -> Array:
        lines, claims = self.past.lines, self.past.claims
        items = Codes(lines["item_code"].tolist()).of_rows
        each = _mixed(_mixed(_mixed(items) + _bits(lines["quantity_e4"])) + _bits(lines["amount_fen"]))
        total = np.zeros(len(self.past.order), dtype=np.uint64)
        np.add.at(total, lines["claim_index"], each)
        for column in (claims["patient_id"], claims["institution_id"]):
            total = _mixed(total + _bits(Codes(column.tolist()).of_rows))
        return _mixed(total + _bits(self.day))

    def facts_of(self, row: int) -> tuple[object, ...]:
        lines, claims = self.past.lines, self.past.claims
        own = slice(int(self.bounds[row]), int(self.bounds[row + 1]))
        billed = zip(*(lines[name][own].tolist() for name in ("item_code", "quantity_e4", "amount_fen")), strict=True)
        return claims["patient_id"][row], claims["institution_id"][row], int(self.day[row]), sorted(billed)


def _earlier_twin(compared: _Comparison) -> dict[int, int]:
    """For each claim that has one: its latest earlier twin that still stood."""
    past = compared.past
    has_lines = np.diff(compared.bounds) > 0
    rows = np.flatnonzero((past.claims["kind"] == SETTLEMENT) & has_lines)
    prints = compared.prints[rows]
    rows = rows[np.lexsort((past.order[rows], prints))]
    same = compared.prints[rows[1:]] == compared.prints[rows[:-1]]
    if not same.any():
        return {}
    reversed_from, found = past.reversed_from(), {}
    for place in (np.flatnonzero(same) + 1).tolist():
        row, before = int(rows[place]), place - 1
        while before >= 0 and compared.prints[rows[before]] == compared.prints[row]:
            twin = int(rows[before])
            if reversed_from[twin] > past.order[row] and compared.facts_of(twin) == compared.facts_of(row):
                found[row] = twin
                break
            before -= 1
    return found


def _bits(whole: Array) -> Array:
    return whole.astype(np.int64).view(np.uint64)


def _mixed(bits: Array) -> Array:
    """Spread the bits (the finaliser of splitmix64), so that sums of prints rarely agree by chance."""
    value = bits.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))
