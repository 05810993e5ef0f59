# ruff: noqa: E501  # SQL reads better unbroken
"""Counts, sums and times over a window of an entity's past."""

from __future__ import annotations

from features.declare import (
    ActiveDays,
    Against,
    Count,
    Distinct,
    Feature,
    Max,
    Mean,
    Reversals,
    Share,
    ShareOf,
    SinceLast,
    Sum,
)
from tests.features.oracle.past import begins, count, net, past, taken_back


def value(feature: Feature) -> str | None:  # noqa: C901  # one case for each aggregate
    """The feature on the asked claim `q`; None when it is not of this family."""
    per, over, where = feature.per, feature.over, feature.where
    match feature.how:
        case Count():
            return count(per, over, where)
        case Reversals():
            return taken_back(per, over, where, "count(*)", "b.back_s")
        case Sum(what):
            return net(per, over, where, what)
        case Mean(what):
            return f"CAST({net(per, over, None, what)} AS DOUBLE) / nullif({count(per, over)}, 0)"
        case Share():
            return f"CAST({count(per, over, where)} AS DOUBLE) / nullif({count(per, over)}, 0)"
        case ShareOf(whole):
            return f"CAST({count(per, over)} AS DOUBLE) / nullif({count(whole, over)}, 0)"
        case Against(what):
            total = past(per, over, None, f"sum(e.{what})")
            return f"CAST(q.{what} * {count(per, over)} AS DOUBLE) / nullif({total}, 0)"
        case Distinct("item"):
            return f"""(SELECT count(DISTINCT l.item_code) FROM listed l WHERE l.kind = 'settlement' AND l.patient_id = q.patient_id
                AND l.s >= {begins(over)} AND l.s <= q.s AND l.ord < q.ord)"""
        case Distinct("diagnosis"):
            return f"""(SELECT count(DISTINCT d.code) FROM diagnoses d JOIN claims c USING (claim_id)
                WHERE c.kind = 'settlement' AND c.patient_id = q.patient_id
                AND c.settled_at >= {begins(over)} AND c.settled_at <= q.s AND c.recorded_order < q.ord)"""
        case Distinct("amount"):
            return past(per, over, None, "count(DISTINCT e.total_fen)")
        case Distinct("place"):
            return past(per, over, None, "count(DISTINCT e.till_id)")
        case Distinct("care_category"):
            return past(per, over, None, "count(DISTINCT e.care_category)")
        case Distinct(other):
            return past(per, over, None, f"count(DISTINCT e.{other}_id)")
        case ActiveDays():
            return past(per, over, None, "count(DISTINCT e.day)")
        case SinceLast():
            return f"CAST(q.s - {past(per, over, None, 'max(e.s)')} AS DOUBLE) / 86400"
        case Max(what):
            return past(per, over, None, f"max(e.{what})")
        case _:
            return None
