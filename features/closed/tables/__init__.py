"""The tables that are learned: each one file of SQL over `claim`, `line`, `fit`, `supply`: the rows of its months."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class ClosedTable:
    """One learned table.

    Attributes:
        name: of its SQL file and its rows in the store. A table whose meaning changes gets another name, so that it is
            learned anew and the old one stays what it was.
        values: names of the integers in a row.
    """

    name: str
    values: tuple[str, ...]

    @cached_property
    def sql(self) -> str:
        """The query that gives page, member and values, in any order."""
        return (Path(__file__).parent / f"{self.name}.sql").read_text(encoding="utf-8")


ITEMS = ClosedTable("items", ("lines", "price"))
FITS = ClosedTable("fits", ("claims",))
AMOUNTS = ClosedTable("amounts", ("claims", "fen"))
MIXES = ClosedTable("mixes", ("claims", "fen"))
DOCTORS = ClosedTable("doctors", ("months", "claims", "mean"))
INSTITUTIONS = ClosedTable("institutions", ("months", "claims", "mean", "fen", "per_patient"))
PATIENTS = ClosedTable("patients", ("persons", "claims", "fen"))
PRESCRIBERS = ClosedTable("prescribers", ("patients", "shared"))
DAYS = ClosedTable("days", ("lines", "days_per_pack_e4"))

TABLES: tuple[ClosedTable, ...] = (ITEMS, FITS, AMOUNTS, MIXES, DOCTORS, INSTITUTIONS, PATIENTS, PRESCRIBERS, DAYS)

AGES = (7, 18, 45, 60, 75)
"""First years of the age bands after the first."""
