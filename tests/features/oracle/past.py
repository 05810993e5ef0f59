"""Pieces of SQL about the past of the asked claim `q`: its window, its entity, its refunds."""

from __future__ import annotations

COLUMNS_OF = {
    "patient": ("patient_id",),
    "doctor": ("doctor_id",),
    "institution": ("institution_id",),
    "patient_institution": ("patient_id", "institution_id"),
    "doctor_patient": ("doctor_id", "patient_id"),
    "institution_amount": ("institution_id", "total_fen"),
    "department": ("institution_id", "department_id"),
    "doctor_institution": ("doctor_id", "institution_id"),
    "till": ("institution_id", "till_id"),
    "place": ("till_id",),
    "care_category": ("care_category",),
    "amount": ("total_fen",),
    "patient_place": ("patient_id", "till_id"),
    "patient_care_category": ("patient_id", "care_category"),
    "patient_amount": ("patient_id", "total_fen"),
    "institution_care_category": ("institution_id", "care_category"),
    "place_care_category": ("till_id", "care_category"),
    "place_amount": ("till_id", "total_fen"),
    "care_category_amount": ("care_category", "total_fen"),
}
"""The columns that make two claims belong to the same entity."""


def begins(over: str | None, of: str = "q.s") -> str:
    """The first second of the window `over` before the moment `of`."""
    over = over or "400d"
    length = int(over[:-1]) * {"m": 60, "h": 3600, "d": 86400}[over[-1]]
    if over.endswith("m"):
        return f"begins({of}, {length}, 'minute')"
    return f"begins({of}, {length}, '{'hour' if length <= 86400 else 'day' if length <= 31 * 86400 else 'week'}')"


def past(per: str, over: str | None, where: str | None, what: str) -> str:
    """`what` over the settlements `e` of the past; null without any."""
    return f"""(SELECT {what} FROM e WHERE {same(per)} {_met(where)}
        AND e.s >= {begins(over)} AND e.s <= q.s AND e.ord < q.ord)"""


def taken_back(per: str, over: str | None, where: str | None, what: str, at: str) -> str:
    """`what` over the refunds `b` known by then of settlements `e`, placed at the moment `at`."""
    return f"""(SELECT {what} FROM e JOIN back b USING (claim_id) WHERE {same(per)} {_met(where)}
        AND {at} >= {begins(over)} AND {at} <= q.s AND b.known < q.ord)"""


def count(per: str, over: str | None, where: str | None = None) -> str:
    """How many settlements, gross."""
    return past(per, over, where, "count(*)")


def net(per: str, over: str | None, where: str | None, what: str) -> str:
    """The sum of a quantity without what came back."""
    back = taken_back(per, over, where, f"sum(b.back_{what})", "e.s")
    return f"(coalesce({past(per, over, where, f'sum(e.{what})')}, 0) + coalesce({back}, 0))"


def same(per: str, of: str = "e") -> str:
    """The settlement `of` is one of the entity of `q`; claims without a till share one."""
    equal = "IS NOT DISTINCT FROM" if per == "till" else "="
    return " AND ".join(f"{of}.{name} {equal} q.{name}" for name in COLUMNS_OF[per])


def _met(where: str | None) -> str:
    return f"AND e.{where}" if where else ""
