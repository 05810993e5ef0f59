"""Swipes: settlements that a person made with a card at one till at one moment."""

from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import AREA_OFFSET_SECONDS, DAY, area_day
from claims.lazy import coded, is_text
from claims.numbering import Coded
from claims.tables import SETTLEMENT, Array
from graphs.codes import encode


@dataclass(frozen=True)
class Swipes:
    """n swipes sorted by place, moment and patient, as codes.

    Attributes:
        row: row of the claim in the batch.
        patient: code in `patient_ids`.
        place: code in `place_ids`: the till where the source names it, else the institution.
        at: `settled_at`, seconds.
        day, known_day: the area's day numbers of `settled_at` and `known_at`; a late upload has a later `known_day`.
        patient_ids, place_ids: sorted texts.
        has_time: False when the source gives days only; then all swipes of a day at a place count as together.
    """

    row: Array
    patient: Array
    place: Array
    at: Array
    day: Array
    known_day: Array
    patient_ids: Array
    place_ids: Array
    has_time: bool


def read_swipes(batch: ClaimBatch) -> Swipes:
    """The swipes among the claims of `batch`.

    Left out: reversals, stays in hospital and manual reimbursements (nobody stood at a till), and claims at exactly
    00:00:00 when others have a time of day (their source knows only the day). Later reversed settlements stay: the
    cards were there.
    """
    claims = batch.claims
    is_swipe = (
        is_text(claims, "kind", SETTLEMENT)
        & ~is_text(claims, "benefit_kind", "inpatient")
        & ~is_text(claims, "channel", "manual")
    )
    has_time = (claims["settled_at"] + AREA_OFFSET_SECONDS) % DAY != 0
    timed = is_swipe & has_time
    any_time = bool(timed.any()) or not bool(is_swipe.any())
    rows = np.flatnonzero(timed if any_time else is_swipe)
    patient_ids, (patient,) = encode(coded(claims, "patient_id"))
    place_ids, (place,) = encode(_places(coded(claims, "institution_id"), coded(claims, "till_id")))
    at, patient, place = claims["settled_at"][rows], patient[rows], place[rows]
    order = np.lexsort((claims["recorded_order"][rows], patient, at, place))
    rows = rows[order]
    return Swipes(
        row=rows,
        patient=patient[order],
        place=place[order],
        at=at[order],
        day=area_day(at[order]),
        known_day=np.maximum(area_day(claims["known_at"][rows]), area_day(at[order])),
        patient_ids=patient_ids,
        place_ids=place_ids,
        has_time=any_time,
    )


def _places(institutions: Coded, tills: Coded) -> Coded:
    """The till where it is named, else the institution: each pair of the two is spelled once."""
    width = len(tills.texts) + 1
    pairs, codes = np.unique(institutions.codes * width + tills.codes + 1, return_inverse=True)
    named = [
        institutions.texts[pair // width] + (f"/{tills.texts[pair % width - 1]}" if pair % width else "")
        for pair in pairs.tolist()
    ]
    code_of = {name: code for code, name in enumerate(dict.fromkeys(named))}
    return Coded.by(np.array([code_of[name] for name in named], dtype=np.int64)[codes], code_of)
