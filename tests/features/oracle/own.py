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
    **{
        f"{way}_supply_lines": f"(SELECT count(*) FROM listed l WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL AND l.way = '{way}')"
        for way in ("unknown", "stated", "labelled", "learned")
    },
    "has_no_doctor": "CAST(q.doctor_id IS NULL AS INT)",
    "largest_line_days": "(SELECT coalesce(max(l.days), 0) FROM listed l WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL)",
    "packs_of_one_class": """(SELECT coalesce(max(packs), 0) FROM (SELECT CAST(sum(l.quantity_e4) AS DOUBLE) / 10000 AS packs
        FROM listed l WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL GROUP BY l.class))""",
    "dose_against_label": """(SELECT coalesce(max(CAST(l.quantity_e4 * k.units_per_pack_e4 AS DOUBLE)
          / (k.units_per_day_e4 * 10000 * l.days_of_supply)), 0) FROM listed l JOIN in_force k USING (claim_id, line_number)
        WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL AND l.days_of_supply BETWEEN 1 AND 200
        AND k.units_per_pack_e4 > 0 AND k.units_per_day_e4 > 0)""",
    "price_against_ceiling": """(SELECT coalesce(max(CAST(l.unit_price_micro_yuan AS DOUBLE) / l.ceiling), 0) FROM
        (SELECT x.*, CASE WHEN x.price_ceiling_micro_yuan > 0 THEN x.price_ceiling_micro_yuan
           WHEN k.price_ceiling_micro_yuan > 0 THEN k.price_ceiling_micro_yuan END AS ceiling
         FROM listed x LEFT JOIN in_force k USING (claim_id, line_number)) l WHERE l.claim_id = q.claim_id)""",
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
