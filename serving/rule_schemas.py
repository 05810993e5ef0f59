"""What the routes about rules take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from rules.frame import State
from serving.answers import Answer
from serving.fields import Day
from serving.schemas import Body

Reason = Annotated[str, Field(strict=True, min_length=1, max_length=1_000)]
Value = Annotated[StrictInt, Field(ge=-(10**12), le=10**12)]


class ProposalIn(Body):
    """A new state of a rule."""

    to: State
    why: Reason = Field(description="the reason, for the ledger")


class ApprovalIn(Body):
    """A second person's yes."""

    why: Reason | None = Field(None, description="a reason of one's own; the proposal's if left out")


class RefusalIn(Body):
    """A no."""

    why: Reason


class BacktestIn(Body):
    """A past period, and numbers to try out beside the present ones."""

    first_day: Day
    last_day: Day
    numbers: dict[Annotated[str, Field(max_length=60)], Value] = Field(default_factory=dict, max_length=20)

    @model_validator(mode="after")
    def _begins_first(self) -> BacktestIn:
        if self.last_day < self.first_day:
            raise PydanticCustomError("days", "expected last_day not before first_day")
        return self


class RuleOut(Answer):
    """One rule and what it did in the last 30 days."""

    code: str
    name_zh: str
    name_en: str
    grade: str = Field(description="ours, not official")
    state: State
    source: str
    hits_30d: int
    claims_30d: int
    crashes_30d: int


class RulesOut(Answer):
    """The catalogue."""

    rules: list[RuleOut]
    proposals: list[ProposalOut] = Field(description="what waits for a second person")


class ProposalOut(Answer):
    """A change that waits for a second person."""

    proposal_id: int
    rule_code: str
    old_state: State
    new_state: State
    proposed_by: str
    why: str


class ChangeOut(Answer):
    """One row of the ledger."""

    change_id: int
    what: Literal["declared", "changed", "declined"]
    old_state: State | None
    new_state: State
    proposal_id: int | None
    proposed_by: str | None
    decided_by: str
    why: str
    fingerprint: str
    differences: list[dict[str, Any]] = Field(description="name, old and new value of what is declared otherwise")
    changed_at: str


class MovedOut(Answer):
    """What became of a request for a new state: a change made at once, or a proposal."""

    change: ChangeOut | None = None
    proposal: ProposalOut | None = None


class BacktestOut(Answer):
    """How far a back-test is, and what it found."""

    backtest_id: str
    rule_code: str
    first_day: date
    last_day: date
    changed_numbers: dict[str, int]
    status: Literal["running", "done", "failed", "lost"]
    done: int
    claims: int
    result: dict[str, Any] | None
    asked_by: str
    asked_at: str


class SelfCheckOut(Answer):
    """One of the five questions."""

    question_zh: str
    question_en: str
    verdict: Literal["yes", "partly", "no"]
    evidence: list[dict[str, str]]


RulesOut.model_rebuild()
