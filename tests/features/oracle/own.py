# ruff: noqa: E501  # SQL reads better unbroken
"""Properties of the claim itself."""

from __future__ import annotations

from features.declare import Feature, Own

_PROPERTIES = {
    "fund_share": "CASE WHEN q.amount = 0 THEN 0 ELSE CAST(q.fund AS DOUBLE) / q.amount END",
    "lines_count": "q.line_count",
    "items_distinct": "(SELECT count(DISTINCT item_code) FROM listed l WHERE l.claim_id = q.claim_id)",
    "hour": "hour(wall(q.s))",
    "weekday": "isodow(wall(q.s)) - 1",
    "unknown_supply_lines": "(SELECT count(*) FROM listed l WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL AND l.days = 0)",
    "has_no_doctor": "CAST(q.doctor_id IS NULL AS INT)",
    "patient_age": """(SELECT CAST(q.day - DATE '1970-01-01' - p.born_on AS DOUBLE) / 365.25 FROM patients p
        WHERE p.patient_id = q.patient_id)""",
    "patient_is_male": "(SELECT CASE p.sex WHEN '1' THEN 1 WHEN '2' THEN 0 END FROM patients p WHERE p.patient_id = q.patient_id)",
}
"""By name; what is not here is a condition or a quantity of `facts`."""


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Own(what):
            return _PROPERTIES.get(what, f"CAST(q.{what.removeprefix('is_')} AS DOUBLE)")
        case _:
            return None
