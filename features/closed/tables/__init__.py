"""The tables that are learned: each one file that says what it learns from the rows of its months."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from features.closed.cut import Cut, Learned
from features.closed.tables import (
    amounts,
    days,
    doctors,
    fits,
    institutions,
    items,
    mixes,
    patients,
    prescribers,
)


@dataclass(frozen=True)
class ClosedTable:
    """One learned table.

    Attributes:
        name: of its rows in the store. A table whose meaning changes gets another name, so that it is learned anew and
            the old one stays what it was.
        values: names of the integers in a row.
        learn: exact, so that the same claims give the same integers.
    """

    name: str
    values: tuple[str, ...]
    learn: Callable[[Cut], Learned]


ITEMS = ClosedTable("items", ("lines", "price"), items.learn)
FITS = ClosedTable("fits", ("claims",), fits.learn)
AMOUNTS = ClosedTable("amounts", ("claims", "fen"), amounts.learn)
MIXES = ClosedTable("mixes", ("claims", "fen"), mixes.learn)
DOCTORS = ClosedTable("doctors", ("months", "claims", "mean"), doctors.learn)
INSTITUTIONS = ClosedTable("institutions", ("months", "claims", "mean", "fen", "per_patient"), institutions.learn)
PATIENTS = ClosedTable("patients", ("persons", "claims", "fen"), patients.learn)
PRESCRIBERS = ClosedTable("prescribers", ("patients", "shared"), prescribers.learn)
DAYS = ClosedTable("days", ("lines", "days_per_pack_e4"), days.learn)

TABLES: tuple[ClosedTable, ...] = (ITEMS, FITS, AMOUNTS, MIXES, DOCTORS, INSTITUTIONS, PATIENTS, PRESCRIBERS, DAYS)
