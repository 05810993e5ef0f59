"""The insured: age, sex, insurance, family, employer, home, chronic conditions, usual places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from claims.city.dice import dice
from claims.city.medicine import Medicine
from claims.city.places import CITY_KILOMETRES, PRIMARY, SECONDARY, SHOP, TERTIARY, Places, any_place, district_of
from claims.city.plan import CityPlan
from claims.lookup import holds_on
from claims.tables import MISSING, Array, Columns

EMPLOYEE, RESIDENT = 0, 1
EMPLOYEE_SHARE = 0.40  # a rich city; the whole country has 0.29
RETIRED_SHARE = 0.28  # of employees, as in the country
MALE, FEMALE = 1, 2
IN_CARE_HOME_SHARE = 0.006
CARER_SHARE = 0.12  # of families with two or more chronically ill
LONG_PRESCRIPTION_SHARE = 0.14  # of the chronically ill
APPROVAL_ENDED_SHARE = 0.1  # of approvals, after three months to two years
APPROVED_BEFORE_DAYS = 900


@dataclass(frozen=True)
class People:
    """n insured persons.

    Attributes:
        columns: sex, born_on (day number), age (years at the middle of the period), insurance (EMPLOYEE, RESIDENT),
            is_retired, family, employer (-1 none), x, y, district, is_visitor (insured elsewhere), frailty (mean 1),
            long_prescription_from and _until (day numbers, MISSING never and still), care_home (-1 none), has_carer,
            monthly_account_fen; n rows each.
        numbers: national person number of each, n texts.
        has: (n, c) which chronic conditions a person has.
        regimen: (n, c) the item that a person takes for each condition.
        pharmacies, clinics: (n, 3) nearest of each, nearest first.
        hospital: (n,) the hospital a person is used to.
    """

    columns: Columns
    numbers: Array
    has: Array
    regimen: Array
    pharmacies: Array
    clinics: Array
    hospital: Array

    def __len__(self) -> int:
        """How many persons."""
        return len(self.numbers)

    def has_long_prescription(self, persons: Array, days: Array) -> Array:
        """Whether each person's approval holds on a day number."""
        first, last = (self.columns[f"long_prescription_{end}"][persons] for end in ("from", "until"))
        return holds_on(first, last, days)

    @property
    def is_chronic(self) -> Array:
        """Who takes drugs all the time."""
        return np.asarray(self.has.any(axis=1))


def make_people(plan: CityPlan, medicine: Medicine, places: Places) -> People:
    """Persons with the employee-resident mix of a rich city and the disease shares of the country."""
    rng = dice(plan.seed, "people")
    n = plan.insured
    columns = _persons(rng, plan, n)
    columns |= _homes(rng, columns)
    columns |= _work(rng, columns)
    has = _conditions(rng, columns, medicine)
    columns |= _burdens(rng, columns, has)
    columns |= _approvals(plan, has)
    spots = np.stack([columns["x"], columns["y"]], axis=1)
    numbers = np.array([f"9901{number:016d}" for number in 10_000_000 + rng.permutation(n)], dtype=object)
    hospitals = places.of_level(TERTIARY, SECONDARY)
    return People(
        columns,
        numbers,
        has,
        _regimen(rng, medicine, n),
        _nearest(spots, places, places.of_level(SHOP)),
        _nearest(spots, places, places.of_level(PRIMARY)),
        any_place(rng, places, hospitals, n),
    )


def _persons(rng: np.random.Generator, plan: CityPlan, n: int) -> dict[str, Array]:
    insurance = np.where(rng.random(n) < EMPLOYEE_SHARE, EMPLOYEE, RESIDENT)
    retired = (insurance == EMPLOYEE) & (rng.random(n) < RETIRED_SHARE)
    kind = rng.random(n)
    resident_age = np.select(
        [kind < 0.30, kind < 0.72], [rng.uniform(0, 18, n), rng.uniform(18, 60, n)], 60 + rng.gamma(2.2, 5.0, n)
    )
    working_age = np.clip(rng.normal(39, 10, n), 20, 59.9)
    age = np.where(retired, 55 + rng.gamma(2.5, 5.5, n), np.where(insurance == EMPLOYEE, working_age, resident_age))
    age = np.minimum(age, 101)
    middle = plan.first + plan.days // 2
    return {
        "sex": np.where(rng.random(n) < 0.505, MALE, FEMALE),
        "insurance": insurance,
        "is_retired": retired,
        "age": age,
        "born_on": np.minimum((middle - age * 365.25).astype(np.int64), plan.first),
        "is_visitor": rng.random(n) < 0.012,
    }


def _homes(rng: np.random.Generator, columns: Columns) -> dict[str, Array]:
    """Families of one to five under one roof; homes crowd around six centres."""
    n = len(columns["sex"])
    sizes = 1 + rng.choice(5, size=n, p=[0.22, 0.30, 0.26, 0.14, 0.08])
    family_of = np.repeat(np.arange(n), sizes)[:n]
    centres = rng.uniform(0.12, 0.88, (6, 2)) * CITY_KILOMETRES
    near = centres[rng.integers(0, 6, n)] + rng.normal(0, 3.2, (n, 2))
    family = rng.permutation(family_of)
    spots = np.clip(near, 0, CITY_KILOMETRES)[family]
    x, y = spots[:, 0], spots[:, 1]
    return {"family": family, "x": x, "y": y, "district": district_of(x, y)}


def _work(rng: np.random.Generator, columns: Columns) -> dict[str, Array]:
    n = len(columns["sex"])
    employers = max(n // 60, 5)
    weights = rng.pareto(1.3, employers) + 0.2
    employer = rng.choice(employers, size=n, p=weights / weights.sum())
    works = (columns["insurance"] == EMPLOYEE) & ~columns["is_retired"]
    wage = rng.lognormal(0, 0.45, n)
    monthly = np.where(works, 15_000 * wage, np.where(columns["is_retired"], 12_000, 0)).astype(np.int64)
    return {"employer": np.where(works, employer, -1), "monthly_account_fen": monthly}


def _conditions(rng: np.random.Generator, columns: Columns, medicine: Medicine) -> Array:
    shares = np.array([[0.0, *entry["share"]] for entry in medicine.conditions.values()])
    band = np.searchsorted([18, 45, 60], columns["age"], side="right")
    # A common tendency makes several conditions meet in one person, as they do.
    tendency = rng.lognormal(-0.18, 0.6, len(band))
    has = rng.random((len(band), len(shares))) < np.minimum(shares.T[band] * tendency[:, None], 0.97)
    for number, entry in enumerate(medicine.conditions.values()):
        if "sex" in entry:
            has[columns["sex"] != int(entry["sex"]), number] = False
    return np.asarray(has)


def _burdens(rng: np.random.Generator, columns: Columns, has: Array) -> dict[str, Array]:
    n, chronic = len(has), has.any(axis=1)
    old = np.flatnonzero((columns["age"] >= 70) & chronic)
    living = rng.permutation(old)[: max(round(n * IN_CARE_HOME_SHARE), 24)]
    home = np.full(n, -1)
    home[living] = np.arange(len(living)) // 32
    ill = np.bincount(columns["family"], weights=chronic & (home < 0), minlength=n)
    has_carer = ((ill >= 2) & (rng.random(n) < CARER_SHARE))[columns["family"]]
    return {
        "frailty": rng.gamma(1.6, 1 / 1.6, n) * (1 + has.sum(axis=1) * 0.35),
        "care_home": home,
        "has_carer": has_carer & chronic & (home < 0),
    }


def _approvals(plan: CityPlan, has: Array) -> dict[str, Array]:
    """Long prescriptions of some chronically ill: most approved before the first day, some later, a few ended."""
    rng = dice(plan.seed, "long prescriptions")
    n = len(has)
    approved = has.any(axis=1) & (rng.random(n) < LONG_PRESCRIPTION_SHARE)
    first = plan.first + rng.integers(-APPROVED_BEFORE_DAYS, plan.days, n)
    last = first + rng.integers(90, 720, n)
    ended = approved & (rng.random(n) < APPROVAL_ENDED_SHARE)
    return {
        "long_prescription_from": np.where(approved, first, MISSING),
        "long_prescription_until": np.where(ended, last, MISSING),
    }


def _regimen(rng: np.random.Generator, medicine: Medicine, n: int) -> Array:
    columns = []
    for name in medicine.conditions:
        items = medicine.pools["kidney" if name == "dialysis" else name]
        drugs = items[medicine.drugs[items]]
        columns.append(drugs[rng.integers(0, len(drugs), n)])
    return np.stack(columns, axis=1)


def _nearest(spots: Array, places: Places, rows: Array, most: int = 3) -> Array:
    tree = cKDTree(np.stack([places.columns["x"][rows], places.columns["y"][rows]], axis=1))
    return np.asarray(rows[tree.query(spots, k=most)[1]])
