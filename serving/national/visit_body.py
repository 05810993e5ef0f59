"""A visit whose lines were uploaded, as a settlement's body; and whose visit it is."""

from __future__ import annotations

from collections.abc import Sequence

from serving.national.exchange import Exchange
from serving.national.fee_lines import numbered
from serving.national.problems import CONFLICT, Problem
from serving.national.settlements import Fields, care_of, channel_of
from serving.national.uploads import VisitKey, Waiting


def visit_body(
    exchange: Exchange,
    key: VisitKey,
    person: str,
    lines: Sequence[Waiting],
    visit: tuple[str, Fields] | None,
    med_type: str,
) -> Fields:
    """What a settlement's body says about a visit: all but its id, its moment and its money."""
    message, told = exchange.message, visit[1] if visit else {}
    first = lines[0].line
    return {
        "visit_id": key.visit_id,
        "person_number": person,
        "institution_id": key.institution_id,
        "doctor_id": told.get("doctor_id") or first["doctor_id"],
        "department_id": first["department_id"],
        "till_id": message.opter,
        "channel": channel_of(message, exchange.area),
        **care_of(med_type, "input.data"),
        "served_at": told.get("served_at") or first["served_at"],
        "diagnoses": told.get("diagnoses", []),
        "lines": numbered(lines),
    }


def check_person(waiting: Sequence[Waiting], patient_id: str) -> None:
    """Whether what waits for a visit is this patient's.

    Raises:
        Problem: it is another person's.
    """
    if any(line.patient_id != patient_id for line in waiting):
        raise Problem(CONFLICT, "psn_no：与该就诊已上传明细的人员不一致")
