"""The registers beside the claims: institutions, departments, staff, catalogue, stock, patients, verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from claims.city.arrow import dates, moments, numbers, table, texts
from claims.city.dice import dice
from claims.city.drawing import DRAWN_BY
from claims.city.make import City
from claims.city.medicine import E4
from claims.city.national import AREA, institution_names, line_numbers, live_from, own_numbers, settlement_ids
from claims.city.places import DEPARTMENTS, KINDS, LEVELS
from claims.city.review import FINDINGS, INSTITUTION, PATIENT
from claims.city.wrongs import WRONGS
from claims.tables import MISSING, Array

ROLES = np.array(["doctor", "pharmacist", "till"], dtype=object)
DECLARED = ("doctors", "pharmacists", "tills", "departments")
OPENED = 10_957  # 2000-01-01, when every register and the catalogue begin
FEN_TO_MICRO = 10_000
WITH_GAPS, GAPS = 0.03, 0.02  # of the institutions have not registered all of their list; of such a list is missing


def institutions(city: City) -> Any:
    """Institutions with kind, level and area."""
    places = city.world.places
    columns, rows = places.columns, np.arange(len(places))
    areas = np.array([f"{AREA}{district + 1:02d}" for district in range(6)], dtype=object)
    return table(
        {
            "institution_id": texts(places.codes, rows),
            "name": texts(institution_names(city), rows),
            "kind": texts(KINDS, columns["kind"]),
            "level": texts(LEVELS, columns["level"]),
            "area": texts(areas, columns["district"]),
        }
    )


def declarations(city: City) -> Any:
    """Which registers institutions declared complete; they confirmed them an hour before the files end."""
    places = city.world.places
    place = np.flatnonzero(places.columns["register_is_complete"]).repeat(len(DECLARED))
    return table(
        {
            "institution_id": texts(places.codes, place),
            "register": texts(np.array(DECLARED, dtype=object), np.arange(len(place)) % len(DECLARED)),
            "is_complete": np.ones(len(place), dtype=np.bool_),
            "confirmed_at": moments(np.full(len(place), live_from(city) - 3_600), np.zeros(len(place), dtype=np.bool_)),
        }
    )


def departments(city: City) -> Any:
    """Departments, open since the registers began."""
    places = city.world.places
    number = places.departments["number"]
    return table(
        {
            "institution_id": texts(places.codes, places.departments["institution"]),
            "department_id": texts(np.array([code for code, _ in DEPARTMENTS], dtype=object), number),
            "name": texts(np.array([name for _, name in DEPARTMENTS], dtype=object), number),
            "valid_from": dates(np.full(len(number), OPENED)),
            "valid_until": dates(np.zeros(len(number)), np.ones(len(number), dtype=bool)),
        }
    )


def staff(city: City) -> Any:
    """Doctors, pharmacists and tills with their registrations, some of which ended."""
    places = city.world.places
    columns, order = places.staff, np.argsort(places.staff_codes.astype(str), kind="stable")
    department = columns["department"]
    number = np.where(department >= 0, places.departments["number"][department], -1)
    return table(
        {
            "institution_id": texts(places.codes, columns["institution"][order]),
            "staff_id": texts(places.staff_codes, order),
            "role": texts(ROLES, columns["role"][order]),
            "department_id": texts(np.array([code for code, _ in DEPARTMENTS], dtype=object), number[order]),
            "valid_from": dates(columns["valid_from"][order]),
            "valid_until": dates(columns["valid_until"][order], columns["valid_until"][order] < 0),
        }
    )


def catalogue(city: City) -> Any:
    """Drugs, services, consumables and facilities with their limits."""
    items = city.world.medicine.items
    n = len(items["code"])
    rows = np.arange(n)
    no_pack = items["pack"] <= 0
    return table(
        {
            "item_code": texts(items["code"], rows),
            "name": texts(items["name"], rows),
            "item_kind": texts(items["item_kind"], rows),
            "grade": texts(items["grade"], rows),
            "units_per_pack_e4": numbers(np.round(items["pack"] * E4), no_pack),
            "units_per_day_e4": numbers(np.round(items["per_day"] * E4), no_pack),
            "price_ceiling_micro_yuan": numbers(items["price_fen"] * FEN_TO_MICRO),
            "only_sex": texts(np.array(["1", "2"], dtype=object), _sex_index(items["only_sex"])),
            "least_age_years": numbers(items["least_age"], items["least_age"] == MISSING),
            "most_age_years": numbers(items["most_age"], items["most_age"] == MISSING),
            "is_resale_prone": items["is_resale_prone"],
            "valid_from": dates(np.full(n, OPENED)),
            "valid_until": dates(np.zeros(n), np.ones(n, dtype=bool)),
        }
    )


def _sex_index(only_sex: Array) -> Array:
    return np.array([-1 if sex is None else int(sex) - 1 for sex in only_sex])


def item_mappings(city: City) -> Any:
    """Which national item each own code stands for, of all that was ever billed; a few lists have gaps."""
    visits, lines, items = city.claims.visits, city.claims.lines, city.world.medicine.items
    rng = dice(city.world.plan.seed, "own codes")
    width = len(items["code"])
    pairs = np.unique(visits["institution"][lines["visit"]] * width + lines["item"])
    has_gaps = rng.random(len(city.world.places)) < WITH_GAPS
    pairs = pairs[~(has_gaps[pairs // width] & (rng.random(len(pairs)) < GAPS))]
    place, item = pairs // width, pairs % width
    codes = np.array([f"YN{number:06d}" for number in own_numbers(place, item)], dtype=object)
    return table(
        {
            "institution_id": texts(city.world.places.codes, place),
            "own_item_code": texts(codes, np.arange(len(codes))),
            "name": texts(items["name"], item),
            "item_code": texts(items["code"], item),
            "valid_from": dates(np.full(len(pairs), OPENED)),
            "valid_until": dates(np.zeros(len(pairs)), np.ones(len(pairs), dtype=bool)),
        }
    )


def stock(city: City) -> Any:
    """What pharmacies bought before the files end."""
    columns = city.stock
    rows = np.flatnonzero(columns["moved"] < live_from(city))
    codes = np.array([f"S99{number:09d}" for number in range(len(rows))], dtype=object)
    return table(
        {
            "institution_id": texts(city.world.places.codes, columns["institution"][rows]),
            "record_id": texts(codes, np.arange(len(rows))),
            "item_code": texts(city.world.medicine.items["code"], columns["item"][rows]),
            "movement": texts(np.array(["purchase"], dtype=object), np.zeros(len(rows), dtype=np.int64)),
            "quantity_e4": numbers(columns["quantity_e4"][rows]),
            "moved_at": moments(columns["moved"][rows]),
        }
    )


def patients_registered(city: City) -> Any:
    """Long prescriptions and registered chronic conditions by national person number."""
    people, names = city.world.people, np.array(list(city.world.medicine.conditions))
    rows = np.argsort(people.numbers.astype(str), kind="stable")
    patterns, which = np.unique(people.has, axis=0, return_inverse=True)
    said = np.array([",".join(names[pattern]) for pattern in patterns], dtype=object)
    first, last = (people.columns[f"long_prescription_{end}"][rows] for end in ("from", "until"))
    return table(
        {
            "psn_no": texts(people.numbers, rows),
            "long_prescription_from": dates(first, first == MISSING),
            "long_prescription_until": dates(last, last == MISSING),
            "chronic_conditions": texts(said, np.where(people.is_chronic, which, -1)[rows]),
        }
    )


def verdicts(city: City) -> Any:
    """What the agency found, by settlement id and line id as in the national files."""
    found, world = city.verdicts, city.world
    n = len(found["claim"])
    claim, line, number = found["claim"], found["line"], line_numbers(city.claims)
    setl = settlement_ids(claim)
    feed = np.array(
        [f"{s}{number[row]:03d}" if row >= 0 else None for s, row in zip(setl, line, strict=True)], dtype=object
    )
    ids = np.array([f"V99{row:010d}" for row in range(n)], dtype=object)
    reviewers = np.array([f"E99{reviewer:06d}" for reviewer in range(1, 13)], dtype=object)
    subject = found["subject"]
    kinds = np.array(["patient", "institution"], dtype=object)
    return table(
        {
            "verdict_id": texts(ids, np.arange(n)),
            "setl_id": setl,
            "feedetl_sn": feed,
            "subject_kind": texts(kinds, found["subject_kind"]),
            "psn_no": texts(world.people.numbers, np.where(found["subject_kind"] == PATIENT, subject, -1)),
            "subject_id": texts(world.places.codes, np.where(found["subject_kind"] == INSTITUTION, subject, -1)),
            "finding": texts(FINDINGS, found["finding"]),
            "amount_fen": numbers(found["amount_fen"]),
        }
        | {name: texts(_said(level), found["wrong"]) for level, name in enumerate(VIOLATION_COLUMNS)}
        | {
            "decided_at": moments(found["decided"]),
            "known_at": moments(found["known"]),
            "decided_by": texts(reviewers, found["reviewer"]),
            "replaces_verdict_id": texts(ids, found["replaces"]),
            "drawn_by": texts(DRAWN_BY, found["drawn_by"]),
            "draw_probability_e4": numbers(found["chance_e4"], found["chance_e4"] < 0),
        }
    )


VIOLATION_COLUMNS = ("violation_type", "violation_item", "violation_detail")


def _said(level: int) -> Array:
    return np.array([wrong.finding[level] for wrong in WRONGS], dtype=object)


COMPANIONS: tuple[tuple[str, Callable[[City], Any]], ...] = (
    ("institutions.csv", institutions),
    ("declarations.csv", declarations),
    ("departments.csv", departments),
    ("staff.csv", staff),
    ("catalogue.csv", catalogue),
    ("item_mappings.csv", item_mappings),
    ("stock.csv", stock),
    ("patients_registered.csv", patients_registered),
    ("verdicts.csv", verdicts),
)
"""Every file beside the national five, with what makes its table."""
