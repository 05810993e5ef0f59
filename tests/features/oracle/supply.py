"""The medicine chest: the largest reading over the drug classes on the claim, from all doses bought before."""

from __future__ import annotations

from features.declare import Distinct, Feature, Supply
from tests.features.oracle.past import begins


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    over = feature.over
    match feature.how:
        case Distinct(other) if feature.per == "patient_class":
            return _classes(f"count(DISTINCT d.{other}_id)", _inside(over))
        case Supply("days_in_hand"):
            return _classes(f"CAST(max(coalesce({_stock('q.s', '<=')}, 0)) AS DOUBLE) / 86400")
        case Supply("early_refills_count"):
            early = f"d.days > 0 AND {_inside(over)} AND coalesce({_stock('d.s', '<')}, 0) > 7 * 86400"
            return _classes(f"count(*) FILTER (WHERE {early})")
        case Supply("days_supplied_sum"):
            return _classes("coalesce(sum(d.days), 0)", _inside(over))
        case Supply("over_supply_ratio"):
            days = (over or "")[:-1]
            supplied = "CAST(coalesce(sum(d.days), 0) + a.own_days AS DOUBLE)"
            return _classes(f"{supplied} / ({days} + a.allowance)", _inside(over))
        case _:
            return None


def _inside(over: str | None) -> str:
    return f"d.s >= {begins(over)}"


def _classes(what: str, where: str = "true") -> str:
    """The largest over the claim's classes of an aggregate over doses d."""
    return f"""coalesce((SELECT max(v) FROM (SELECT {what} AS v FROM asked a LEFT JOIN doses d
        ON d.claim_id = a.claim_id AND d.class = a.class AND {where}
        WHERE a.claim_id = q.claim_id GROUP BY a.class, a.own_days, a.allowance)), 0)"""


def _stock(at: str, strictly: str) -> str:
    """Seconds of stock at a moment: the best start from which purchases outlast the time since."""
    return f"""greatest(0, (SELECT max((SELECT sum(y.days) FROM doses y
        WHERE y.claim_id = x.claim_id AND y.class = x.class AND y.s >= x.s
        AND y.s {strictly} {at}) * 86400 - ({at} - x.s))
        FROM doses x WHERE x.claim_id = d.claim_id AND x.class = d.class AND x.s {strictly} {at}))"""
