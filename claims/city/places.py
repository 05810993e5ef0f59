"""Hospitals, clinics and pharmacies of the city, with departments, doctors on rotas, pharmacists and tills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.city.dice import dice, pick
from claims.city.medicine import Medicine
from claims.city.plan import CityPlan
from claims.city.waves import weekdays
from claims.clock import DAY
from claims.tables import Array, Columns

HOSPITAL, CLINIC, PHARMACY = 0, 1, 2
KINDS = np.array(["hospital", "clinic", "pharmacy"], dtype=object)
TERTIARY, SECONDARY, PRIMARY, SHOP = 0, 1, 2, 3
LEVELS = np.array(["02", "05", "11", "11"], dtype=object)
DEPARTMENTS = (
    ("A03", "内科"),
    ("A04", "外科"),
    ("A07", "儿科"),
    ("A05", "妇科"),
    ("A03.07", "血液透析室"),
    ("A20", "急诊科"),
    ("A19", "肿瘤科"),
)
GENERAL, SURGERY, CHILDREN, WOMEN, DIALYSIS, EMERGENCY, ONCOLOGY = range(7)
CITY_KILOMETRES = 36.0
DOCTORS_PER_DEPARTMENT = (12, 6, 5)
DEPARTED_PER_INSTITUTION = 2


@dataclass(frozen=True)
class Places:
    """p institutions and their staff.

    Attributes:
        columns: kind, level (TERTIARY..SHOP), district, x, y (kilometres), size (share of custom), is_dual (a pharmacy
            that may bill chronic care), is_all_night, is_market (near a periodic market), keeps_days (sends days of
            supply), register_is_complete; p rows each.
        codes: national code of each institution, p texts.
        department_of: (p, 7) row of `departments` that serves a specialty, -1 where none.
        departments: institution, number (in DEPARTMENTS).
        staff: institution, department (-1 none), role (0 doctor, 1 pharmacist, 2 till), valid_from, valid_until
            (-1 stands); the staff of a department, and the tills and pharmacists of a place, follow each other.
        staff_codes: code of each staff row.
        first, count: (p, 3) first staff row and number of tills, pharmacists and departed doctors of a place.
        doctor_first, doctor_count: the same for the doctors of each department.
        price_fen: (p, k) what each institution asks for each item.
    """

    columns: Columns
    codes: Array
    department_of: Array
    departments: Columns
    staff: Columns
    staff_codes: Array
    first: Array
    count: Array
    doctor_first: Array
    doctor_count: Array
    price_fen: Array

    def __len__(self) -> int:
        """How many institutions."""
        return len(self.codes)

    def of_level(self, *levels: int) -> Array:
        """Rows of the institutions of these levels."""
        return np.flatnonzero(np.isin(self.columns["level"], levels))

    def doctor_on_duty(self, rng: np.random.Generator, institution: Array, specialty: Array, moment: Array) -> Array:
        """A doctor (staff row) of the department who works that day; two thirds of a department do each weekday."""
        department = self.department_of[institution, specialty]
        department = np.where(department < 0, self.department_of[institution, GENERAL], department)
        on_duty = np.maximum(np.ceil(self.doctor_count[department] * 2 / 3).astype(np.int64), 1)
        slot = (rng.random(len(institution)) * on_duty).astype(np.int64)
        place_in_rota = (slot + weekdays(moment // DAY)) % np.maximum(self.doctor_count[department], 1)
        return np.asarray(self.doctor_first[department] + place_in_rota)

    def any_of(self, rng: np.random.Generator, institution: Array, what: int) -> Array:
        """A till (0), pharmacist (1) or departed doctor (2) of each institution, as staff rows."""
        return np.asarray(
            self.first[institution, what]
            + (rng.random(len(institution)) * self.count[institution, what]).astype(np.int64)
        )


TILL, PHARMACIST, DEPARTED = 0, 1, 2


def make_places(plan: CityPlan, medicine: Medicine) -> Places:
    """Institutions in proportion to the insured (7 for 10,000, of which 4 pharmacies), and their staff."""
    rng = dice(plan.seed, "places")
    columns = _institutions(rng, plan)
    n = len(columns["kind"])
    letters = np.where(columns["kind"] == PHARMACY, "P", "H")
    # Area codes that begin with 99 belong to no real place.
    serials = rng.permutation(np.arange(1, n + 1))
    codes = np.array(
        [f"{a}9901{d:02d}{s:05d}" for a, d, s in zip(letters, columns["district"] + 1, serials, strict=True)], object
    )
    department_of, departments = _departments(columns)
    staff, first, count, doctor_first, doctor_count = _staff(rng, plan, columns, departments)
    staff_codes = np.array([f"D99{number:010d}" for number in 1 + rng.permutation(len(staff["role"]))], dtype=object)
    tills = staff["role"] == 2
    staff_codes[tills] = [f"T{code[1:]}" for code in staff_codes[tills]]
    share = rng.uniform(0.86, 1.0, (n, len(medicine.items["price_fen"])))
    price = np.maximum(np.floor(medicine.items["price_fen"] * share), 1).astype(np.int64)
    return Places(
        columns, codes, department_of, departments, staff, staff_codes, first, count, doctor_first, doctor_count, price
    )


def _institutions(rng: np.random.Generator, plan: CityPlan) -> dict[str, Array]:
    # A city smaller than 40,000 keeps this many, as it stands for a sample of a larger one.
    shops = max(20, round(plan.insured * 4 / 10_000))
    medical = max(12, round(plan.insured * 3 / 10_000))
    tertiary, secondary = max(1, round(medical * 0.08)), max(2, round(medical * 0.16))
    level = np.repeat(
        [TERTIARY, SECONDARY, PRIMARY, SHOP], [tertiary, secondary, medical - tertiary - secondary, shops]
    )
    n = len(level)
    x, y = rng.uniform(0, CITY_KILOMETRES, n), rng.uniform(0, CITY_KILOMETRES, n)
    shop = level == SHOP
    return {
        "level": level,
        "kind": np.select([shop, level == PRIMARY], [PHARMACY, CLINIC], HOSPITAL),
        "x": x,
        "y": y,
        "district": district_of(x, y),
        "size": np.choose(level, [8.0, 3.0, 1.0, 1.0]) * rng.lognormal(0, 0.4, n),
        "is_dual": shop & (rng.random(n) < 0.45),
        "is_all_night": shop & (rng.random(n) < 0.25),
        "is_market": (level >= PRIMARY) & (rng.random(n) < 0.2),
        "keeps_days": rng.random(n) > 0.08,
        "register_is_complete": rng.random(n) < 0.8,
    }


def district_of(x: Array, y: Array) -> Array:
    """The district (0..5) of a spot: three columns of two."""
    column = np.minimum(x / CITY_KILOMETRES * 3, 2).astype(np.int64)
    return np.asarray(column * 2 + np.minimum(y / CITY_KILOMETRES * 2, 1).astype(np.int64))


def _departments(columns: Columns) -> tuple[Array, dict[str, Array]]:
    offers = np.zeros((len(columns["level"]), len(DEPARTMENTS)), dtype=bool)
    offers[columns["level"] <= SECONDARY] = True
    offers[columns["level"] == PRIMARY, GENERAL] = True
    institution, number = np.nonzero(offers)
    department_of = np.full(offers.shape, -1, dtype=np.int64)
    department_of[institution, number] = np.arange(len(institution))
    return department_of, {"institution": institution, "number": number}


def _staff(
    rng: np.random.Generator, plan: CityPlan, columns: Columns, departments: Columns
) -> tuple[dict[str, Array], Array, Array, Array, Array]:
    level, shop = columns["level"], columns["level"] == SHOP
    per_department = np.array(DOCTORS_PER_DEPARTMENT)[level[departments["institution"]]]
    doctor_first = np.concatenate([[0], np.cumsum(per_department)[:-1]])
    tills = np.choose(level, [8, 4, 2, 2])
    count = np.stack([tills, np.where(shop, 2, 0), np.where(shop, 0, DEPARTED_PER_INSTITUTION)], axis=1)
    starts = per_department.sum() + np.concatenate([[0], np.cumsum(count.ravel())[:-1]])
    first = starts.reshape(count.shape)
    rows = np.arange(count.size).repeat(count.ravel())
    role_of = np.array([2, 1, 0])
    department = np.concatenate([np.arange(len(per_department)).repeat(per_department), np.full(len(rows), -1)])
    institution = np.concatenate([departments["institution"].repeat(per_department), rows // 3])
    role = np.concatenate([np.zeros(per_department.sum(), dtype=np.int64), role_of[rows % 3]])
    departed = np.concatenate([np.zeros(per_department.sum(), dtype=bool), rows % 3 == DEPARTED])
    general = np.full(len(level), -1)
    general[departments["institution"][::-1]] = np.arange(len(per_department))[::-1]
    department = np.where(departed, general[institution], department)
    valid_from = plan.first - rng.integers(400, 4000, len(role))
    valid_until = np.where(departed, plan.first - rng.integers(20, 300, len(role)), -1)
    staff = {"institution": institution, "department": department, "role": role}
    return staff | {"valid_from": valid_from, "valid_until": valid_until}, first, count, doctor_first, per_department


def any_place(rng: np.random.Generator, places: Places, rows: Array, size: int) -> Array:
    """`size` of the institutions in `rows`, larger ones more often."""
    return np.asarray(rows[pick(rng, size, places.columns["size"][rows])])
