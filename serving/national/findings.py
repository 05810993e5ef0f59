"""Turns what our answer says about a claim into the national shapes: result[] of the audit, and voladetail[]."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audit.reminders import Reminder
from serving.desk import Answer
from serving.national.area import Area

VIOLATING, INVOLVED = "1", "2"
"""vola_item_type: 违规项 and 涉及项."""

MOST_WORDS = 500
"""Characters of vola_cont and vola_evid."""

Fields = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One finding of a rule; `line_number` is None where it is about the whole claim."""

    hit: Mapping[str, Any]
    line_number: int | None

    @property
    def fen(self) -> int:
        """The money found."""
        return int(Decimal(self.hit["amount_yuan"]) * 100)


def findings_of(answer: Answer) -> list[Finding]:
    """All findings of our answer on one claim: those on the whole first, then line by line."""
    whole = [Finding(hit, None) for hit in answer["rule_hits"]]
    return whole + [Finding(hit, line["line_number"]) for line in answer["lines"] for hit in line["rule_hits"]]


def warning_of(answers: Iterable[Answer]) -> str | None:
    """What warn_msg says when a rule could not judge: an empty result would look like a clean one."""
    said = [reason["zh"] for answer in answers for reason in answer["reasons"] if reason["kind"] == "crash"]
    return "；".join(dict.fromkeys(said)) or None


@dataclass(frozen=True)
class Judged:
    """A visit that was judged.

    Attributes:
        line_ids: (m,) the caller's id of each line, by place; line numbers begin at 1.
        item_codes: (m,) likewise.
        judged_lines: numbers of the lines that were asked about.
    """

    patient_id: str
    visit_id: str
    line_ids: Sequence[str]
    item_codes: Sequence[str]
    judged_lines: Collection[int]


def result_of(finding: Finding, judged: Judged, area: Area, task_id: str | None) -> tuple[Fields, Reminder]:
    """One entry of result[], and the reminder to record."""
    hit, fen = finding.hit, finding.fen
    judgement_id = secrets.token_hex(16)
    grade = hit["grade"]
    entry = {
        "jr_id": judgement_id,
        "rule_id": hit["code"],
        "rule_name": hit["name_zh"],
        "vola_cont": hit["says_zh"][:MOST_WORDS],
        "patn_id": judged.patient_id,
        "mdtrt_id": judged.visit_id,
        "judge_result_detail_dtos": _details(finding, judged, judgement_id),
        "vola_amt": fen / 100,
        "vola_amt_stas": area.amount_status.counted if fen else area.amount_status.none,
        "sev_deg": getattr(area.severity, grade),
        "vola_evid": hit["source"][:MOST_WORDS],
        "vola_bhvr_type": area.behaviour.claim if finding.line_number is None else area.behaviour.line,
        "task_id": task_id,
    }
    item = None if finding.line_number is None else judged.item_codes[finding.line_number - 1]
    said = entry["vola_cont"]
    return entry, Reminder(judgement_id, hit["code"], hit["name_zh"], grade, said, item, fen)


def _details(finding: Finding, judged: Judged, judgement_id: str) -> list[Fields]:
    """The violating line; of a finding on the whole visit all lines that were asked about, as involved ones."""
    is_whole = finding.line_number is None
    numbers = sorted(judged.judged_lines) if finding.line_number is None else [finding.line_number]
    return [
        {
            "jrd_id": f"{judgement_id}-{place}",
            "patn_id": judged.patient_id,
            "mdtrt_id": judged.visit_id,
            "rx_id": judged.line_ids[number - 1],
            "vola_item_type": INVOLVED if is_whole else VIOLATING,
            "vola_amt": 0 if is_whole else finding.fen / 100,
        }
        for place, number in enumerate(numbers, 1)
    ]


def vola_details(
    answer: Answer, visit_id: str, lines: Sequence[Mapping[str, Any]], area: Area, skipped: Collection[int] = ()
) -> list[Fields]:
    """voladetail[] of an answer on a claim.

    Args:
        answer: ours.
        visit_id: mdtrt_id.
        lines: (m,) by line: the institution's own code and name, and the national code.
        area: whose words are used.
        skipped: numbers of lines that are not audited; findings on them are left out.
    """
    nothing = {"medins_list_codg": None, "medins_list_name": None, "med_list_codg": None}
    return [
        {
            "mdtrt_id": visit_id,
            **(nothing if finding.line_number is None else lines[finding.line_number - 1]),
            "vola_type": getattr(area.violation_type, finding.hit["grade"]),
            "vola_dscr": f"{finding.hit['name_zh']}：{finding.hit['says_zh']}"[:MOST_WORDS],
        }
        for finding in findings_of(answer)
        if finding.line_number not in skipped
    ]
