"""What reviewers found: one finding per line or claim of a case's evidence, added to a ledger and never edited."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from claims.errors import BadSetting, Conflict, NotFound

FINDINGS = ("violating", "in_order", "not_judged")
_DRAWN_BY = {"rule": "rule", "random": "random", "model": "model", "anomaly": "model", "ring": "model"}

# A verdict stands until another one replaces it.
STANDING = "NOT EXISTS (SELECT 1 FROM verdicts r WHERE r.replaces_verdict_id = v.verdict_id)"


@dataclass(frozen=True)
class Finding:
    """What a reviewer says about one line (line number 0: the whole claim) of the evidence.

    Attributes:
        amount_fen: money found violating; 0 unless the finding is `violating`.
        violation_type, violation_item, violation_detail: the levels of the list, 违规类型 > 违规事项 > 违规详情.
    """

    claim_id: str
    line_number: int
    finding: str
    amount_fen: int = 0
    violation_type: str | None = None
    violation_item: str | None = None
    violation_detail: str | None = None

    @property
    def place(self) -> str:
        """Where the finding belongs, for messages."""
        return f"claim {self.claim_id}" + (f" line {self.line_number}" if self.line_number else "")


@dataclass(frozen=True)
class Filed:
    """The verdicts that were added, and the cases which they closed."""

    verdict_ids: tuple[str, ...]
    closed_cases: tuple[str, ...]


@dataclass(frozen=True)
class _Evidence:
    most_fen: int  # what was billed there
    source: str
    drawn: int | None
    frame: int | None


def file_verdicts(
    connection: psycopg.Connection, case_id: str, findings: Sequence[Finding], decided_by: str, is_appeal: bool = False
) -> Filed:
    """Add a reviewer's findings; closes every case whose evidence is all judged. The transaction is the caller's.

    Args:
        connection: may be the service's.
        case_id: the case that was worked on.
        findings: on lines of the case's evidence, each at most once.
        decided_by: the reviewer's staff id.
        is_appeal: the findings replace standing verdicts.

    Raises:
        NotFound: no such case, or a finding is not about its evidence.
        BadSetting: a finding contradicts itself or exceeds the amount at stake.
        Conflict: the line was judged already (and this is no appeal), or an appeal has nothing to replace.
    """
    _check_findings(findings)
    evidence = _lock_evidence(connection, case_id)
    standing = _standing(connection, {finding.claim_id for finding in findings})
    verdict_ids = []
    for finding in findings:
        known = evidence.get((finding.claim_id, finding.line_number))
        replaced = standing.get((finding.claim_id, finding.line_number))
        _check_place(finding, known, replaced, case_id, is_appeal)
        assert known is not None
        verdict_ids.append(_add(connection, finding, known, replaced, case_id, decided_by))
    return Filed(tuple(verdict_ids), _close_judged(connection, {finding.claim_id for finding in findings}))


def _check_findings(findings: Sequence[Finding]) -> None:
    if not findings:
        raise BadSetting("The verdict holds no finding. Expected one for at least one line of the evidence. Mark one.")
    places = [(finding.claim_id, finding.line_number) for finding in findings]
    if len(set(places)) < len(places):
        raise BadSetting("The verdict marks a line twice. Expected one finding per line. Leave out the second.")
    for finding in findings:
        is_violating = finding.finding == "violating"
        if finding.finding not in FINDINGS:
            raise BadSetting(f"The finding on {finding.place} is unknown. Expected one of {', '.join(FINDINGS)}.")
        if is_violating and not (finding.amount_fen > 0 and finding.violation_type):
            raise BadSetting(
                f"The violating finding on {finding.place} is incomplete. Expected an amount above 0 yuan and a "
                "violation type. Fill in both."
            )
        if not is_violating and (finding.amount_fen or finding.violation_type):
            raise BadSetting(
                f"The finding on {finding.place} is {finding.finding} but names an amount or a violation. Expected "
                "these only on a violating line. Clear them, or mark the line violating."
            )


def _lock_evidence(connection: psycopg.Connection, case_id: str) -> dict[tuple[str, int], _Evidence]:
    found = connection.execute("SELECT 1 FROM cases WHERE case_id = %s FOR UPDATE", [case_id]).fetchone()
    if not found:
        raise NotFound(f"There is no case {case_id!r}. Expected an id from the queue. Look it up there.")
    rows = connection.execute(
        "SELECT e.claim_id, e.line_number, greatest(e.amount_fen, coalesce(l.amount_fen, c.total_fen)),"
        " reason->>'source', (reason#>>'{reasons,0,drawn}')::bigint, (reason#>>'{reasons,0,frame}')::bigint"
        " FROM evidence e JOIN claims c USING (claim_id) LEFT JOIN lines l USING (claim_id, line_number)"
        " WHERE e.case_id = %s",
        [case_id],
    ).fetchall()
    # The owning rows are locked too, so that two cases that share a line cannot both judge it at once.
    connection.execute(
        "SELECT 1 FROM evidence o WHERE NOT o.is_link AND (o.claim_id, o.line_number) IN"
        " (SELECT claim_id, line_number FROM evidence WHERE case_id = %s) ORDER BY claim_id, line_number FOR UPDATE",
        [case_id],
    )
    return {
        (claim_id, line): _Evidence(amount, source, drawn, frame)
        for claim_id, line, amount, source, drawn, frame in rows
    }


def _standing(connection: psycopg.Connection, claim_ids: set[str]) -> dict[tuple[str, int], str]:
    rows = connection.execute(
        f"SELECT claim_id, coalesce(line_number, 0), verdict_id FROM verdicts v WHERE claim_id = ANY(%s)"
        f" AND {STANDING}",
        [sorted(claim_ids)],
    )
    return {(claim_id, line): verdict_id for claim_id, line, verdict_id in rows}


def _check_place(
    finding: Finding, known: _Evidence | None, replaced: str | None, case_id: str, is_appeal: bool
) -> None:
    if known is None:
        raise NotFound(
            f"The {finding.place} is not among the evidence of case {case_id}. Expected a line of this case. "
            "Reload the case and mark a line that it lists."
        )
    if finding.amount_fen > known.most_fen:
        raise BadSetting(
            f"The amount found violating on {finding.place} is more than the {known.most_fen / 100:.2f} yuan "
            "billed there. Expected at most that. Correct the amount."
        )
    if replaced and not is_appeal:
        raise Conflict(
            f"The {finding.place} was judged before. Expected a line without a standing verdict. A supervisor can "
            "replace a verdict by filing an appeal."
        )
    if is_appeal and not replaced:
        raise Conflict(
            f"The {finding.place} has no standing verdict to replace. Expected one. File an ordinary verdict."
        )


def _add(
    connection: psycopg.Connection,
    finding: Finding,
    known: _Evidence,
    replaced: str | None,
    case_id: str,
    decided_by: str,
) -> str:
    verdict_id = f"V{secrets.token_hex(10)}"
    chance = max(1, round(10_000 * known.drawn / known.frame)) if known.drawn and known.frame else None
    connection.execute(
        "INSERT INTO verdicts (verdict_id, claim_id, line_number, finding, amount_fen, violation_type, violation_item,"
        " violation_detail, decided_at, known_at, decided_by, replaces_verdict_id, case_id, drawn_by,"
        " draw_probability_e4)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, date_trunc('second', now()), date_trunc('second', now()), %s, %s,"
        " %s, %s, %s)",
        [
            verdict_id,
            finding.claim_id,
            finding.line_number or None,
            finding.finding,
            finding.amount_fen,
            finding.violation_type,
            finding.violation_item,
            finding.violation_detail,
            decided_by,
            replaced,
            case_id,
            _DRAWN_BY[known.source],
            chance,
        ],
    )
    return verdict_id


def _close_judged(connection: psycopg.Connection, claim_ids: set[str]) -> tuple[str, ...]:
    """Close the open cases that hold one of the claims and have no evidence left without a verdict."""
    rows = connection.execute(
        "UPDATE cases k SET status = 'closed', closed_at = now() WHERE status = 'open'"
        " AND case_id IN (SELECT case_id FROM evidence WHERE claim_id = ANY(%s))"
        " AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = k.case_id AND NOT EXISTS ("
        "   SELECT 1 FROM verdicts v WHERE v.claim_id = e.claim_id"
        "   AND coalesce(v.line_number, 0) IN (0, e.line_number)))"
        " RETURNING case_id",
        [sorted(claim_ids)],
    )
    return tuple(case_id for (case_id,) in rows)
