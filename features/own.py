"""Properties of the claim itself and of its patient at that moment, each a plain function on rows (m,)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claims.clock import area_day
from claims.tables import MISSING, Array
from features.items import items_distinct
from features.labels import dose_against_label, largest_line_days, packs_of_one_class, price_against_ceiling
from features.measures import CONDITIONS, QUANTITIES, quantity
from features.rows import Rows, is_none
from features.stays import stay_days
from features.supply import unknown_days
from features.windows import local_hour

DAYS_IN_YEAR = 365.25


def fund_share(rows: Rows) -> Array:
    """Fund payment divided by the total, zero where the total is zero."""
    total = rows.claims["total_fen"]
    return np.divide(rows.claims["fund_fen"], total, out=np.zeros(len(total)), where=total != 0)


def lines_count(rows: Rows) -> Array:
    """Fee lines."""
    return np.bincount(rows.line_row, minlength=len(rows.is_settlement))


def age(rows: Rows) -> Array:
    """Age in years at settlement, -1 where the birth date is not known."""
    born = of_patient(rows, "born_on", MISSING)
    days = area_day(rows.claims["settled_at"]) - born
    return np.where(born == MISSING, -1.0, days / DAYS_IN_YEAR)


def is_male(rows: Rows) -> Array:
    """1 male, 0 female, -1 not known."""
    sex = of_patient(rows, "sex", None)
    return np.where(sex == "1", 1, np.where(sex == "2", 0, -1))


def of_patient(rows: Rows, column: str, otherwise: object) -> Array:
    """A column of the patients' table for each claim."""
    table = rows.context.patients
    row_of = {name: row for row, name in enumerate(table["patient_id"].tolist())}
    numbers, codes = rows.numbers("patient_id")
    found = np.array([row_of.get(str(name), -1) for name in codes], dtype=np.int64)[numbers] if codes else numbers
    if not row_of:
        return np.full(len(numbers), otherwise, dtype=table[column].dtype)
    return np.where(found >= 0, table[column][found], otherwise)  # type: ignore[call-overload, no-any-return]


def weekday(rows: Rows) -> Array:
    """0 Monday to 6 Sunday on the area's clock (1970-01-01 was a Thursday)."""
    return (area_day(rows.claims["settled_at"]) + 3) % 7


OWN: dict[str, Callable[[Rows], Array]] = {
    **{name: lambda rows, name=name: quantity(rows, name) for name in QUANTITIES},  # type: ignore[misc]
    **{f"is_{name}": condition for name, condition in CONDITIONS.items()},
    "fund_share": fund_share,
    "lines_count": lines_count,
    "items_distinct": items_distinct,
    "stay_days": stay_days,
    "largest_line_days": largest_line_days,
    "packs_of_one_class": packs_of_one_class,
    "dose_against_label": dose_against_label,
    "price_against_ceiling": price_against_ceiling,
    "hour": lambda rows: local_hour(rows.claims["settled_at"]),
    "weekday": weekday,
    "unknown_supply_lines": unknown_days,
    "has_no_doctor": lambda rows: is_none(rows.claims["doctor_id"]),
    "patient_age": age,
    "patient_is_male": is_male,
}
"""Every property by its name."""
