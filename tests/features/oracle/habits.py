# ruff: noqa: E501  # SQL reads better unbroken
"""Readings of the person's earlier settlements beside the claim."""

from __future__ import annotations

from features.declare import Feature, Habit
from tests.features.oracle.past import begins, count, past

_TODAY = "FILTER (WHERE e.day = q.day)"


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Habit(what):
            return _reading(what, feature.over)
        case _:
            return None


def _reading(what: str, over: str | None) -> str:  # noqa: C901  # one case for each reading
    match what:
        case "same_doctor_today_count":
            return past("patient", over, None, f"count(*) {_TODAY[:-1]} AND e.doctor_id = q.doctor_id)")
        case "doctors_today_count":
            return past("patient", over, None, f"count(DISTINCT e.doctor_id) {_TODAY}")
        case "institutions_today_count":
            return past("patient", over, None, f"count(DISTINCT e.institution_id) {_TODAY}")
        case "same_amount_count":
            return past("patient", over, None, "count(*) FILTER (WHERE e.amount = q.amount)")
        case "same_items_count":
            one, other = (f"(SELECT basket FROM baskets b WHERE b.claim_id = {name}.claim_id)" for name in "eq")
            return past("patient", over, None, f"count(*) FILTER (WHERE {one} = {other})")
        case "items_again_count":
            return f"""(SELECT count(DISTINCT l.item_code) FROM listed l JOIN listed x USING (item_code)
                WHERE l.claim_id = q.claim_id AND x.kind = 'settlement' AND x.patient_id = q.patient_id
                AND x.s >= {begins(over)} AND x.s <= q.s AND x.ord < q.ord)"""
        case "top_institution_share":
            return f"CAST({_most('institution_id', over)} AS DOUBLE) / nullif({count('patient', over)}, 0)"
        case "top_doctor_share":
            return f"CAST({_most('doctor_id', over)} AS DOUBLE) / nullif({past('patient', over, None, 'count(e.doctor_id)')}, 0)"
        case "gap_days_mean":
            return _gaps("CAST(sum(gap) AS DOUBLE) / nullif(count(gap), 0)", over)
        case "gap_days_variation":
            root = "sqrt(count(gap) * sum(gap * gap) - sum(gap) * sum(gap))"
            return _gaps(f"CASE WHEN count(gap) > 1 THEN {root} / sum(gap) END", over)
        case "refunds_of_this_amount_count":
            return f"""(SELECT count(*) FROM e JOIN back b USING (claim_id) WHERE e.patient_id = q.patient_id
                AND e.institution_id = q.institution_id AND e.amount = q.amount
                AND b.back_s >= {begins(over)} AND b.back_s <= q.s AND b.known < q.ord)"""
        case _:
            raise KeyError(what)


def _most(column: str, over: str | None) -> str:
    """How often the commonest value of a column occurs."""
    return f"(SELECT max(n) FROM {_rows(f'e.{column}, count(*) AS n', over, f'e.{column} IS NOT NULL', f'e.{column}')})"


def _gaps(what: str, over: str | None) -> str:
    days = _rows("e.day", over, "true", "e.day")
    return f"(SELECT {what} FROM (SELECT day - lag(day) OVER (ORDER BY day) AS gap FROM {days}))"


def _rows(columns: str, over: str | None, where: str, group: str) -> str:
    return f"""(SELECT {columns} FROM e WHERE e.patient_id = q.patient_id AND {where}
        AND e.s >= {begins(over)} AND e.s <= q.s AND e.ord < q.ord GROUP BY {group})"""
