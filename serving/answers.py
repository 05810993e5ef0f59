"""What the API gives back; shapes for OpenAPI and for the tests that hold real answers against them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["pass", "remind", "review", "refuse"]


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="forbid")


class RuleHitOut(Answer):
    """One rule that was broken."""

    code: str
    name_zh: str
    name_en: str
    grade: str
    amount_yuan: str = Field(description="money concerned, yuan", examples=["12.30"])
    says_zh: str
    says_en: str
    source: str = Field(description="legal or policy text")


class ReasonOut(Answer):
    """One reason in words."""

    kind: str
    zh: str
    en: str
    code: str | None = Field(None, description="the rule's code")
    feature: str | None = None
    direction: str | None = Field(None, description="raises or lowers the risk")
    share: float | None = Field(None, description="part of the model's push towards risk, 0 to 1")


class LineOut(Answer):
    """The answer on one fee line."""

    line_number: int
    action: Action
    amount_at_stake_yuan: str = Field(examples=["12.30"])
    rule_hits: list[RuleHitOut]


class VersionsOut(Answer):
    """What decided: with these and the stored features a decision is replayed."""

    model: str | None = Field(description="fingerprint of the model bundle; null while none is promoted")
    features: str
    snapshot: str | None
    rules: str | None = Field(None, description="fingerprint of the rules that were asked and of their states")


class DecisionOut(Answer):
    """The answer on one settlement."""

    settlement_id: str
    action: Action
    money_at_stake_yuan: str
    lines: list[LineOut]
    rule_hits: list[RuleHitOut] = Field(description="rules about the settlement as a whole")
    probability: float | None = Field(
        description="calibrated probability of a violation; null while no verdict has taught a model"
    )
    anomaly: float | None = Field(description="0 usual to 1 unusual; null under rules only")
    reasons: list[ReasonOut]
    case_id: str | None
    recorded_order: int | None = Field(description="our own strictly rising number; null for advice")
    decided_by: Literal["rules and model", "rules and isolation forest", "rules only"]
    versions: VersionsOut


class ReversalOut(Answer):
    """The answer on one reversal."""

    reversal_id: str
    reverses_settlement_id: str
    original_known: bool
    recorded_order: int


class QueueRowOut(Answer):
    """One case of the queue."""

    case_id: str
    subject_kind: str
    subject_id: str
    source: str
    probability: float
    money_at_stake_yuan: str
    minutes: float = Field(description="reviewer minutes")
    priority_yuan_per_minute: float
    institution_id: str | None
    main_reason_zh: str | None
    main_reason_en: str | None
    opened_at: str
    deadline_at: str
    is_drawn: bool
    is_planned: bool


class QueueOut(Answer):
    """A page of the queue."""

    cases: list[QueueRowOut]
    next: str | None = Field(description="give it back as `after` for the next page; null on the last")


class EvidenceOut(Answer):
    """One claim or line of a case's evidence."""

    claim_id: str
    line_number: int
    is_link: bool
    amount_yuan: str
    settled_at: str
    institution_id: str
    item_name: str | None
    reasons: list[dict[str, object]]
    verdict: dict[str, object] | None


class CaseOut(Answer):
    """One case with its evidence."""

    case_id: str
    subject_kind: str
    subject_id: str
    status: str
    source: str
    probability: float
    money_at_stake_yuan: str
    reasons: list[dict[str, object]]
    opened_at: str
    deadline_at: str
    evidence: list[EvidenceOut]


class VerdictOut(Answer):
    """What filing a verdict did."""

    verdict_ids: list[str]
    closed_cases: list[str]


class FollowedOut(Answer):
    """How the reminders of one institution ended; docs/national.md says how they are counted."""

    institution_id: str
    questions: int = Field(description="judgements asked for, with and without a reminder")
    reminders: int
    changed: int = Field(description="the doctor says that the order was changed")
    continued: int = Field(description="the doctor says that it was kept")
    followed_silently: int = Field(description="nobody said anything, and the settled visit lacks the item")
    billed_anyway: int = Field(description="nobody said anything, and the settled visit has the item")
    open: int = Field(description="none of these yet")
    still_billed: int = Field(description="of the changed ones, those whose item was billed all the same")
    rate: float | None = Field(description="(changed + followed_silently) / (reminders - open)")
    median_milliseconds: float


class FollowReportOut(Answer):
    """The follow rate (提醒遵从率) by institution."""

    institutions: list[FollowedOut]


class UnconfirmedOut(Answer):
    """A decided settlement of which nobody has said what became of it."""

    settlement_id: str
    recorded_order: int
    institution_id: str
    visit_id: str | None
    action: Action
    total_yuan: str
    decided_at: str


class UnconfirmedListOut(Answer):
    """A page of them, in the order of their decision."""

    settlements: list[UnconfirmedOut]
    next: int | None = Field(description="give it back as `after` for the next page; null on the last")


class ConfirmedOut(Answer):
    """What confirming did."""

    confirmed: int = Field(description="confirmed by this call; those confirmed before do not count again")


class Problem(Answer):
    """What went wrong, in the manner of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = Field(description="what happened, what was expected, what to do")
    places: list[dict[str, str]] | None = Field(None, description="fields that were refused, without their values")
    request_id: str | None = None
