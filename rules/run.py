"""Asks all rules about a batch; a rule that crashes leaves its claims to a person and the other rules untouched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from claims.batch import ClaimBatch, concat, select
from claims.context import Context
from claims.masks import rows_where
from claims.tables import Array
from rules.catalogue import RULES
from rules.facts import Facts
from rules.frame import DEFINITE, WHOLE_CLAIM, Hit, Hits, Rule

TRIES_AFTER_A_CRASH = 64
"""How often a crashed rule is asked again about halves of the batch: enough to single out one bad claim of a million
(two tries a halving), and a bound, but for the halves already begun, when it crashes on every claim."""


@dataclass(frozen=True)
class RuleResult:
    """What the rules found.

    Attributes:
        hits: findings, by rule, claim and line.
        crashed: code and type of error of each rule that crashed.
        crashed_claims: (n,) claims that a crashed rule covers and could not judge.
        spared: how many findings each exemption spared, by rule code and exemption.
    """

    hits: list[Hit]
    crashed: list[tuple[str, str]]
    crashed_claims: Array
    spared: Mapping[tuple[str, str], int] = field(default_factory=dict)


def run_rules(
    batch: ClaimBatch, context: Context, rules: Sequence[Rule] = RULES, asked: Array | None = None
) -> RuleResult:
    """Ask each rule about the claims on whose day it is in force.

    Args:
        batch: n claims.
        context: what was known beside them.
        rules: those that are asked.
        asked: (n,) which claims are to be judged; the others are only their past. None for all.
    """
    facts = Facts(batch, context, asked)
    hits: list[Hit] = []
    crashed: dict[tuple[str, str], None] = {}
    spared: Counter[tuple[str, str]] = Counter()
    unjudged = np.zeros(len(batch), dtype=np.bool_)
    first, last = facts.asked_span
    for rule in _to_ask(rules, facts):
        if rule.first_day > last or rule.last_day < first:
            continue
        try:
            found = rule.check(facts, rule.numbers)
            if len(found.claim_row) or found.spared:
                covered = _covered(rule, facts)
                hits += list(_spelled(rule, found, covered))
                _count_spared(spared, rule, found, covered)
        except Exception:
            # Each half is compared with the other through the history, which rules read by order.
            wider = replace(context, history=concat([context.history, batch]))
            rest = _Rest(rule, wider, TRIES_AFTER_A_CRASH)
            rest.ask(batch, 0, 0, asked)
            hits += rest.hits
            spared += rest.spared
            crashed |= dict.fromkeys((rule.code, name) for name in rest.errors)
            unjudged[rest.unjudged] |= _covered(rule, facts)[rest.unjudged]
    return RuleResult(hits, list(crashed), unjudged, dict(spared))


def _to_ask(rules: Sequence[Rule], facts: Facts) -> Sequence[Rule]:
    """The rules that could find something; all where that cannot be told, so that each meets the error on its own.

    That saves one settlement most rules; whether it holds too little never changes what is found.
    """
    try:
        return _that_may_touch(tuple(rules), facts.there, facts.known.kinds)
    except Exception:
        return rules


@lru_cache(maxsize=1024)
def _that_may_touch(rules: tuple[Rule, ...], there: frozenset[str], kinds: frozenset[str]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.may_touch(there, kinds))


def _covered(rule: Rule, facts: Facts) -> Array:
    first, last = facts.asked_span
    if rule.first_day <= first and last <= rule.last_day:
        return facts.is_settlement
    return np.asarray(rule.holds_on(facts.settled_day) & facts.is_settlement)


class _Rest:
    """Halves a batch again and again, so that one claim's crash does not hide the findings about the others."""

    def __init__(self, rule: Rule, context: Context, tries: int) -> None:
        self.rule, self.context, self.tries = rule, context, tries
        self.hits: list[Hit] = []
        self.spared: Counter[tuple[str, str]] = Counter()
        self.errors: list[str] = []
        self.unjudged: list[int] = []

    def ask(self, batch: ClaimBatch, first_line: int, first_claim: int, asked: Array | None) -> None:
        """Ask about the batch; its claims and lines begin at these rows of the whole."""
        self.tries -= 1
        try:
            facts = Facts(batch, self.context, asked)
            found = self.rule.check(facts, self.rule.numbers)
            covered = _covered(self.rule, facts)
            self.hits += list(_spelled(self.rule, found, covered, first_claim, first_line))
            _count_spared(self.spared, self.rule, found, covered)
        except Exception as error:
            if len(batch) == 1 or self.tries < 2:
                self.errors.append(type(error).__name__)
                self.unjudged += range(first_claim, first_claim + len(batch))
                return
            middle = len(batch) // 2
            cut = int(np.searchsorted(batch.lines["claim_index"], middle))
            first, second = (None, None) if asked is None else (asked[:middle], asked[middle:])
            self.ask(select(batch, np.arange(middle)), first_line, first_claim, first)
            self.ask(select(batch, np.arange(middle, len(batch))), first_line + cut, first_claim + middle, second)


def _count_spared(spared: Counter[tuple[str, str]], rule: Rule, found: Hits, covered: Array) -> None:
    for exemption, rows in (found.spared or {}).items():
        if count := int(np.count_nonzero(covered[rows])):
            spared[rule.code, exemption] += count


def _spelled(rule: Rule, found: Hits, covered: Array, first_claim: int = 0, first_line: int = 0) -> Iterator[Hit]:
    if not len(found.claim_row):
        return
    for place in rows_where(covered[found.claim_row]).tolist():
        grade = found.grades[place] if found.grades else rule.grade
        line = int(found.line_row[place])
        yield Hit(
            code=rule.code,
            name_zh=rule.name_zh,
            name_en=rule.name_en,
            grade=grade,
            claim_row=int(found.claim_row[place]) + first_claim,
            line_row=line if line == WHOLE_CLAIM else line + first_line,
            amount_fen=int(found.amount_fen[place]),
            subject_kind=rule.subject_kind,
            says_zh=found.says_zh[place],
            says_en=found.says_en[place],
            source=rule.source,
            may_refuse=grade is DEFINITE and (found.may_refuse is None or bool(found.may_refuse[place])),
        )
