"""Bursts, newcomers and parts of a whole."""

from __future__ import annotations

from features.declare import Feature
from features.place_aggregates import Between, Burst, Elsewhere, NewShare, PartOf, PerPatient, ReversalShare
from tests.features.oracle.past import begins, count, net, past, same, taken_back


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    per, over = feature.per, feature.over
    patients = f"nullif({past(per, over, None, 'count(DISTINCT e.patient_id)')}, 0)"
    settled = f"nullif({count(per, over)}, 0)"
    match feature.how:
        case Between(until):
            return _between(per, over, until)
        case Burst(until):
            return f"CAST(1 + {count(per, '0h')} AS DOUBLE) / (1 + {_between(per, over, until)})"
        case Elsewhere("doctor_institution"):
            return f"(SELECT count(*) FROM e WHERE {_in_window(per, over)} AND e.institution_id <> q.institution_id)"
        case NewShare():
            return f"CAST({_newcomers(per, over)} AS DOUBLE) / {patients}"
        case PerPatient():
            return f"CAST({count(per, over)} AS DOUBLE) / {patients}"
        case ReversalShare():
            return f"CAST({taken_back(per, over, None, 'count(*)', 'b.back_s')} AS DOUBLE) / {settled}"
        case PartOf(part, whole):
            return f"CAST({net(per, over, None, part)} AS DOUBLE) / nullif({net(per, over, None, whole)}, 0)"
        case _:
            return None


def _between(per: str, since: str | None, until: str) -> str:
    return f"""(SELECT count(*) FROM e WHERE {same(per)} AND e.ord < q.ord AND e.s <= q.s
        AND e.s >= {begins(since)} AND e.s < {begins(until)})"""


def _in_window(per: str, over: str | None) -> str:
    return f"{same(per)} AND e.s >= {begins(over)} AND e.s <= q.s AND e.ord < q.ord"


def _newcomers(per: str, over: str | None) -> str:
    """Patients with a settlement in the window before which, for 400 days, they have none here."""
    return f"""(SELECT count(DISTINCT e.patient_id) FROM e WHERE {_in_window(per, over)} AND NOT EXISTS (
        SELECT 1 FROM e x WHERE {same(per, "x")} AND x.patient_id = e.patient_id AND x.ord < q.ord
          AND x.s < e.s AND x.s >= {begins(None, "e.s")}))"""
