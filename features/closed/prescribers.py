"""How many of a doctor's patients buy at one and the same pharmacy, as three months of claims taught."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.asked import doctor, everywhere, institution, known_at
from features.closed.lookup import Keys
from features.closed.smooth import PRIOR
from features.closed.tables import PRESCRIBERS
from features.rows import Rows


def at_one_pharmacy(rows: Rows) -> Array:
    """The part of the doctor's patients who bought at the pharmacy where most of them did."""
    found = _of_doctor(rows)
    return _share(found[:, 1], found[:, 0])


def at_this_pharmacy(rows: Rows) -> Array:
    """The part of the doctor's patients who bought where the claim is settled; zero where that is no pharmacy."""
    return _share(_read(rows, institution(rows))[:, 1], _of_doctor(rows)[:, 0])


def _of_doctor(rows: Rows) -> Array:
    return rows.once("closed", PRESCRIBERS.name, lambda: _read(rows, everywhere(len(rows.at))))  # type: ignore[no-any-return]


def _read(rows: Rows, page: Keys) -> Array:
    return rows.closed.read(PRESCRIBERS, known_at(rows), page, doctor(rows))


def _share(shared: Array, patients: Array) -> Array:
    """Of few patients all may well go to one place, so `PRIOR` who do not stand beside them."""
    return np.asarray(shared / (patients + PRIOR))
