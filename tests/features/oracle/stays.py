# ruff: noqa: E501  # SQL reads better unbroken
"""The person's stays in hospital that were known before the claim."""

from __future__ import annotations

from features.declare import Feature, Own, Stay
from tests.features.oracle.past import begins

_LIKE_THIS = "x.diagnosis = o.diagnosis"
_INSIDE = "k.admitted_on < {day} AND {day} < k.discharged_on"


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Stay(what):
            return _reading(what, feature.over)
        case Own("stay_days"):
            return """(SELECT CASE WHEN o.is_stay THEN greatest(1, o.discharged_on - o.admitted_on) ELSE 0 END
                FROM spans o WHERE o.claim_id = q.claim_id)"""
        case _:
            return None


def _reading(what: str, over: str | None) -> str:
    match what:
        case "days_since_discharge":
            return _stays("min(o.begins_on - x.discharged_on)", over, "x.discharged_on <= o.begins_on")
        case "days_since_discharge_here":
            here = "x.discharged_on <= o.begins_on AND x.institution_id = o.institution_id"
            return _stays("min(o.begins_on - x.discharged_on)", over, here)
        case "short_gaps_count":
            return _stays(f"count(*) FILTER (WHERE {_exists(_CLOSE, over)})", over)
        case "is_during_stay":
            return _stays(
                f"coalesce(max(CAST({_INSIDE.format(day='o.begins_on').replace('k.', 'x.')} AS INT)), 0)", over
            )
        case "claims_during_stays_count":
            return _others(_exists(_INSIDE.format(day="x.begins_on"), over), over)
        case "claims_during_this_stay_count":
            return _others("o.is_stay AND o.admitted_on < x.begins_on AND x.begins_on < o.discharged_on", over)
        case "same_diagnosis_share":
            share = f"CAST(count(*) FILTER (WHERE {_LIKE_THIS}) AS DOUBLE) / nullif(count(*), 0)"
            return _stays(share, over, "o.is_stay")
        case "similar_stays_count":
            return _stays("count(*)", over, f"o.is_stay AND {_LIKE_THIS} AND abs(x.amount - o.amount) * 10 <= o.amount")
        case "length_against_mean":
            own = "greatest(1, max(o.discharged_on) - max(o.admitted_on))"
            return _stays(f"CAST({own} * count(*) AS DOUBLE) / sum(x.days)", over, "o.is_stay")
        case _:
            raise KeyError(what)


_CLOSE = """k.claim_id <> x.claim_id AND k.institution_id = x.institution_id
    AND x.admitted_on - k.discharged_on BETWEEN 0 AND 15"""


def _exists(where: str, over: str | None) -> str:
    """Whether the asked claim saw a stay `k`."""
    return f"EXISTS (SELECT 1 FROM seen k WHERE k.asked = x.asked AND k.is_stay AND k.s >= {begins(over, 'x.asked_s')} AND {where})"


def _stays(what: str, over: str | None, where: str = "true") -> str:
    """An aggregate over the stays `x` that the asked claim `o` saw."""
    return f"""(SELECT {what} FROM seen x JOIN spans o ON o.claim_id = x.asked
        WHERE x.asked = q.claim_id AND x.is_stay AND x.s >= {begins(over)} AND {where})"""


def _others(where: str, over: str | None) -> str:
    """How many claims `x` for other care the asked claim `o` saw."""
    return f"""(SELECT count(*) FROM seen x JOIN spans o ON o.claim_id = x.asked
        WHERE x.asked = q.claim_id AND x.benefit_kind <> 'inpatient' AND x.s >= {begins(over)} AND {where})"""
