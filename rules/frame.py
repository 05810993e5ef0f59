"""The frame of a rule: what it is called, when it holds, where it comes from, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from propcache.api import cached_property

from claims.clock import day_number
from claims.errors import BadSetting
from claims.tables import Array
from rules.facts import Facts
from rules.numbers import Numbers, read_numbers


class Grade(StrEnum):
    """How sure a hit is: 明确违规, 高度可疑, 轻度可疑."""

    DEFINITE = "definite"
    HIGHLY = "highly_suspicious"
    SLIGHTLY = "slightly_suspicious"


DEFINITE, HIGHLY, SLIGHTLY = Grade.DEFINITE, Grade.HIGHLY, Grade.SLIGHTLY


class State(StrEnum):
    """Where a rule is in its life: 草稿, 试运行 (counts, never acts), 启用, 停用."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


BEFORE, DURING, AFTER = "before", "during", "after"
ALL_STAGES = (BEFORE, DURING, AFTER)

WHOLE_CLAIM = -1
"""The line row of a hit on the claim as a whole."""


@dataclass(frozen=True)
class Hits:
    """h findings of one rule, as columns.

    Attributes:
        claim_row, line_row: (h,) rows in the batch; line_row is WHOLE_CLAIM for the claim as a whole.
        amount_fen: (h,) money found, never negative.
        says_zh, says_en: h sentences with the facts.
        grades: h grades where they differ from the rule's own; None: all have the rule's.
        may_refuse: (h,) false where a condition for refusing is missing; None: as the rule's grade says.
        spared: by exemption (see `rules.exempt`) the claims of findings that it spared, one row for each finding.
    """

    claim_row: Array
    line_row: Array
    amount_fen: Array
    says_zh: Sequence[str]
    says_en: Sequence[str]
    grades: Sequence[Grade] | None = None
    may_refuse: Array | None = None
    spared: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class Hit:
    """One finding, with all that an answer or a letter says about it.

    Attributes:
        code, name_zh, name_en, source, subject_kind: those of the rule.
        grade: how sure it is.
        claim_row: row in `batch.claims`.
        line_row: row in `batch.lines`, WHOLE_CLAIM for the claim as a whole.
        amount_fen: money found.
        says_zh, says_en: the sentence with the facts.
        may_refuse: whether this finding alone may refuse what it covers.
    """

    code: str
    name_zh: str
    name_en: str
    grade: Grade
    claim_row: int
    line_row: int
    amount_fen: int
    subject_kind: str
    says_zh: str
    says_en: str
    source: str
    may_refuse: bool


Check = Callable[[Facts, Numbers], Hits]


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule: its passport and its check, a pure function of the facts and the dated numbers."""

    code: str
    name_zh: str
    name_en: str
    category: str
    grade: Grade
    stages: tuple[str, ...]
    since: date
    until: date | None
    source: str
    subject_kind: str
    check: Check = field(repr=False)
    numbers: Numbers = field(repr=False, default_factory=dict)
    needs: tuple[str, ...] = ()
    touches: frozenset[str] = frozenset()
    begins: State = State.ACTIVE

    def may_touch(self, there: frozenset[str], kinds: frozenset[str]) -> bool:
        """Whether a batch holds anything that the rule could find: what it needs and what it touches.

        Args:
            there: what the batch has, see `Facts.there`.
            kinds: the kinds of knowledge points that there are.
        """
        if self.needs and kinds.isdisjoint(self.needs):
            return False
        return not self.touches or not self.touches.isdisjoint(there)

    @cached_property
    def first_day(self) -> int:
        """The first day in force (days since 1970)."""
        return day_number(self.since)

    @cached_property
    def last_day(self) -> int:
        """The last day in force."""
        return day_number(self.until) if self.until else int(np.iinfo(np.int64).max)

    def holds_on(self, days: Array) -> Array:
        """Whether the rule is in force on each day (days since 1970)."""
        return np.asarray((days >= self.first_day) & (days <= self.last_day))


def rule(
    *,
    code: str,
    name_zh: str,
    name_en: str,
    category: str,
    grade: Grade,
    since: str,
    source: str,
    subject_kind: str,
    stages: tuple[str, ...] = ALL_STAGES,
    until: str | None = None,
    numbers: str | None = None,
    needs: tuple[str, ...] = (),
    touches: tuple[str, ...] = (),
    begins: State = State.ACTIVE,
) -> Callable[[Check], Rule]:
    """Make a rule of a check.

    Args:
        code: the national code, or one of ours that begins with YC-; it never changes.
        name_zh: its official or Chinese name.
        name_en: its English name.
        category: 政策类, 管理类 or 医疗类.
        grade: the grade of its hits, unless a hit says another.
        since: first day in force, as YYYY-MM-DD, by the claim's day of settlement.
        until: last day in force; None while it stands.
        source: the text that it comes from.
        subject_kind: whom a case about it is opened on: patient, doctor or institution.
        stages: when it may be asked.
        numbers: the file under rules/policy with its dated numbers.
        needs: kinds of knowledge points without any of which it is not asked; none for a rule that needs no such table.
        touches: kinds of items, benefits or institutions of which a batch must have one, or the rule cannot find
            anything in it; none for a rule that may find something anywhere.
        begins: its state in an area that has not said another; a rule that is still tried out ships as a draft.

    Raises:
        BadSetting: a number begins later than the rule, so that some claim would have none.
    """
    first, last = date.fromisoformat(since), date.fromisoformat(until) if until else None
    dated = read_numbers(numbers) if numbers else {}
    late = [name for name, number in dated.items() if number.since[0] > day_number(first)]
    if late:
        raise BadSetting(
            f"Rule {code} holds since {since}, but its number {late[0]!r} begins later. Expected a value from "
            f"the first day on. Add one to rules/policy/{numbers}.yaml, or let the rule begin later."
        )

    def made(check: Check) -> Rule:
        return Rule(
            code, name_zh, name_en, category, grade, stages, first, last, source, subject_kind, check, dated, needs,
            frozenset(touches), begins,
        )  # fmt: skip

    return made
