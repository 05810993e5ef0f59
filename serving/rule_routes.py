"""The routes about rules: their states, their history, and back-tests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from audit.keys import Holder
from audit.life.background import read_run, start
from audit.life.ledger import history, rule_named
from audit.life.proposals import Proposal, approve, decline, propose
from audit.life.self_check import check_oneself
from serving.api import PROBLEMS
from serving.auth import holder_with
from serving.desk import in_transaction
from serving.rule_list import listed, proposal_out
from serving.rule_schemas import (
    ApprovalIn,
    BacktestIn,
    BacktestOut,
    ChangeOut,
    MovedOut,
    ProposalIn,
    RefusalIn,
    RulesOut,
    SelfCheckOut,
)
from serving.service import DeskOf

rule_routes = APIRouter(prefix="/v1/rules", responses=PROBLEMS, tags=["rules"])

SupervisorKey = Annotated[Holder, Depends(holder_with("supervisor"))]
StudyKey = Annotated[Holder, Depends(holder_with("supervisor", "analyst"))]
ReadingKey = Annotated[Holder, Depends(holder_with("reviewer", "supervisor", "analyst"))]

RuleCode = Annotated[str, Path(pattern=r"^[A-Z0-9\-]{1,40}$", examples=["YC-SUPPLY"])]
ProposalId = Annotated[int, Path(ge=1, lt=1 << 63)]
BacktestId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@rule_routes.get("")
def rules(desk: DeskOf, _: ReadingKey) -> RulesOut:
    """Every working rule with its state and its findings of the last 30 days, and what waits for a second person."""
    with desk.pool.connection() as connection:
        return listed(connection, int(desk.clock()))


@rule_routes.get("/self-check")
def self_check(desk: DeskOf, _: StudyKey) -> list[SelfCheckOut]:
    """The five questions about the rule library, answered from the last twelve months."""
    with desk.pool.connection() as connection:
        return [SelfCheckOut(**answer.plain()) for answer in check_oneself(connection)]


@rule_routes.get("/{code}/history")
def rule_history(code: RuleCode, desk: DeskOf, _: ReadingKey) -> list[ChangeOut]:
    """What became of a rule, oldest first."""
    rule_named(code)
    with desk.pool.connection() as connection:
        return [ChangeOut(**row.plain()) for row in history(connection, code)]


@rule_routes.post("/{code}/proposals", status_code=201)
def ask_for(code: RuleCode, body: ProposalIn, desk: DeskOf, holder: SupervisorKey) -> MovedOut:
    """Ask for a new state. To let the rule act needs a second supervisor; all else is done at once."""
    made = in_transaction(desk.pool, lambda it: propose(it, code, body.to, holder.name, body.why))
    if isinstance(made, Proposal):
        return MovedOut(proposal=proposal_out(made))
    return MovedOut(change=ChangeOut(**made.plain()))


@rule_routes.post("/proposals/{proposal_id}/approval", status_code=201)
def say_yes(proposal_id: ProposalId, body: ApprovalIn, desk: DeskOf, holder: SupervisorKey) -> ChangeOut:
    """Let a rule act that another supervisor proposed (403 for the same one)."""
    done = in_transaction(desk.pool, lambda it: approve(it, proposal_id, holder.name, body.why))
    return ChangeOut(**done.plain())


@rule_routes.post("/proposals/{proposal_id}/refusal", status_code=201)
def say_no(proposal_id: ProposalId, body: RefusalIn, desk: DeskOf, holder: SupervisorKey) -> ChangeOut:
    """Close a proposal without following it."""
    done = in_transaction(desk.pool, lambda it: decline(it, proposal_id, holder.name, body.why))
    return ChangeOut(**done.plain())


@rule_routes.post("/{code}/backtests", status_code=202)
def begin_backtest(code: RuleCode, body: BacktestIn, desk: DeskOf, holder: StudyKey) -> BacktestOut:
    """Ask a rule about a past period, in a process of its own; ask for the result under the id that is given."""
    with desk.pool.connection() as connection:
        named = start(
            connection, str(desk.pool.conninfo), code, body.first_day, body.last_day, body.numbers, holder.name
        )  # fmt: skip
        return BacktestOut(**asdict(read_run(connection, named)))


@rule_routes.get("/backtests/{backtest_id}")
def see_backtest(backtest_id: BacktestId, desk: DeskOf, _: StudyKey) -> BacktestOut:
    """How far a back-test is, and its figures when it is done."""
    with desk.pool.connection() as connection:
        return BacktestOut(**asdict(read_run(connection, backtest_id)))
