"""What reviewers read and file, for the API and the pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from audit.answers import yuan
from audit.case_file import CaseFile, EvidenceRow
from audit.keys import Holder
from audit.queue import Filters, QueueRow, open_queue, todays_plan
from audit.verdicts import Filed, Finding, file_verdicts
from claims.clock import to_moment
from claims.errors import Refused
from serving.desk import Desk, in_transaction
from serving.paging import Place, read_place, write_place
from serving.parse import fen
from serving.schemas import FindingIn

PAGE_ROWS = 50
View = Literal["today", "all"]


@dataclass(frozen=True)
class Page:
    """A page of the queue: its rows, where the next begins, and for the day's plan its totals."""

    rows: list[QueueRow]
    next: str | None
    at: int
    planned_cases: int
    planned_minutes: float
    planned_fen: int


def read_queue(desk: Desk, view: View, filters: Filters, after: str | None) -> Page:
    """A page of today's plan, or of all open cases.

    Raises:
        BadSetting: `after` is not one of ours.
    """
    place = read_place(after) if after else None
    at = place.at if place else int(desk.clock())
    with desk.pool.connection() as connection:
        if view == "today":
            planned = todays_plan(connection, at, filters)
            rest = [row for row in planned if place is None or _is_after(row, place)]
        else:
            planned = []
            key = (place.priority, place.case_id) if place else None
            rest = open_queue(connection, at, filters, key, PAGE_ROWS + 1)
    rows = rest[:PAGE_ROWS]
    following = write_place(Place(at, rows[-1].priority, rows[-1].case_id)) if len(rest) > PAGE_ROWS else None
    minutes, money = sum(row.minutes for row in planned), sum(row.money_at_stake_fen for row in planned)
    return Page(rows, following, at, len(planned), minutes, money)


def _is_after(row: QueueRow, place: Place) -> bool:
    return (-row.priority, row.case_id) > (-place.priority, place.case_id)


def file_findings(desk: Desk, case_id: str, findings: list[FindingIn], holder: Holder, is_appeal: bool) -> Filed:
    """File a reviewer's findings under their name.

    Raises:
        Refused: an appeal by somebody who is no supervisor.
    """
    if is_appeal and holder.role != "supervisor":
        raise Refused("An appeal replaces a verdict. Expected a supervisor. Ask one to file it.")
    made = [
        Finding(
            each.claim_id,
            each.line_number,
            each.finding,
            fen(each.amount_yuan) or 0,
            each.violation_type,
            each.violation_item,
            each.violation_detail,
        )
        for each in findings
    ]
    return in_transaction(desk.pool, lambda it: file_verdicts(it, case_id, made, holder.name, is_appeal))


def queue_row(row: QueueRow) -> dict[str, object]:
    """A row of the queue as `serving.answers.QueueRowOut` describes it."""
    main = row.reasons[0] if row.reasons else {}
    return {
        "case_id": row.case_id,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "source": row.source,
        "probability": round(row.probability, 6),
        "money_at_stake_yuan": yuan(row.money_at_stake_fen),
        "minutes": row.minutes,
        "priority_yuan_per_minute": round(row.priority / 100, 4),
        "institution_id": row.main_institution_id,
        "main_reason_zh": main.get("zh"),
        "main_reason_en": main.get("en"),
        "opened_at": to_moment(int(row.opened_at.timestamp())).isoformat(),
        "deadline_at": to_moment(int(row.deadline_at.timestamp())).isoformat(),
        "is_drawn": row.is_drawn,
        "is_planned": row.is_planned,
    }


def case_answer(file: CaseFile) -> dict[str, object]:
    """A case as `serving.answers.CaseOut` describes it."""
    case = file.case
    return {
        "case_id": case.case_id,
        "subject_kind": case.subject_kind,
        "subject_id": case.subject_id,
        "status": case.status,
        "source": case.source,
        "probability": round(case.probability, 6),
        "money_at_stake_yuan": yuan(case.money_at_stake_fen),
        "reasons": case.reasons,
        "opened_at": to_moment(int(case.opened_at.timestamp())).isoformat(),
        "deadline_at": to_moment(int(case.deadline_at.timestamp())).isoformat(),
        "evidence": [_evidence(row) for row in file.evidence],
    }


def _evidence(row: EvidenceRow) -> dict[str, object]:
    verdict = None
    if row.finding:
        verdict = {"verdict_id": row.verdict_id, "finding": row.finding, "amount_yuan": yuan(row.found_fen or 0)}
    return {
        "claim_id": row.claim_id,
        "line_number": row.line_number,
        "is_link": row.is_link,
        "amount_yuan": yuan(row.amount_fen),
        "settled_at": to_moment(int(row.settled_at.timestamp())).isoformat(),
        "institution_id": row.institution_id,
        "item_name": row.item_name,
        "reasons": row.reason.get("reasons", []),
        "verdict": verdict,
    }
