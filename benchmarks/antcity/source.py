"""A made-up city as the links read it from a store: the same columns, without files and without a database."""

from __future__ import annotations

import numpy as np

from claims.batch import ClaimBatch
from claims.city.make import City
from claims.city.national import AREA, OTHER_AREA, line_numbers, settlement_ids
from claims.city.people import EMPLOYEE
from claims.city.places import KINDS, LEVELS
from claims.city.settle import MANUAL
from claims.city.visits import ACCOUNT, MED_TYPES
from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.tables import (
    CATALOGUE,
    CLAIMS,
    DIAGNOSES,
    INSTITUTIONS,
    LINES,
    MISSING,
    PATIENTS,
    REVERSAL,
    SETTLEMENT,
    Array,
    Columns,
    Kind,
    Table,
)
from graphs.read import Source

BENEFITS = np.array(
    ["general_outpatient", "general_outpatient", "chronic", "special", "negotiated_drug", "personal_account",
     "inpatient"],
    dtype=object,
)  # fmt: skip
"""The benefit of each kind of care, as the import reads it from the national care category."""

E4 = 10_000


def source_of(city: City, with_home: bool = True) -> Source:
    """The claims of a city with what is registered beside them.

    Args:
        city: finished.
        with_home: False leaves home and employer out, which the national exports do not hold.
    """
    return Source(_batch(city), _patients(city, with_home), _institutions(city), _catalogue(city))


def _batch(city: City) -> ClaimBatch:
    ids = settlement_ids(np.arange(len(city.claims)))
    line_index, given = city.claims.lines["visit"], _diagnosed(city)
    return ClaimBatch(
        _claims(city, ids),
        {**_lines(city, ids), "claim_index": line_index},
        {**_diagnoses(city, ids, given), "claim_index": given},
    )


def _claims(city: City, ids: Array) -> Columns:
    visits, places, n = city.claims.visits, city.world.places, len(ids)
    stay = visits["stay_days"] >= 0
    channel = np.where(visits["channel"] == MANUAL, "manual", "networked").astype(object)
    channel[city.world.people.columns["is_visitor"][visits["person"]].astype(bool)] = "non_local"
    order = np.lexsort((np.arange(n), visits["known"]))
    recorded = np.empty(n, dtype=np.int64)
    recorded[order] = 1 + np.arange(n)
    return _columns(
        CLAIMS,
        n,
        claim_id=ids,
        kind=np.where(visits["is_reversal"] == 1, REVERSAL, SETTLEMENT).astype(object),
        reverses_claim_id=_texts(ids, visits["reverses"]),
        patient_id=city.world.people.numbers[visits["person"]],
        institution_id=places.codes[visits["institution"]],
        doctor_id=_texts(places.staff_codes, visits["doctor"]),
        till_id=_texts(places.staff_codes, visits["till"]),
        channel=channel,
        benefit_kind=BENEFITS[visits["care"]],
        care_category=MED_TYPES[visits["care"]],
        is_emergency=np.zeros(n, dtype=np.bool_),
        served_at=visits["served"] - AREA_OFFSET_SECONDS,
        settled_at=visits["settled"] - AREA_OFFSET_SECONDS,
        known_at=visits["known"] - AREA_OFFSET_SECONDS,
        admitted_on=np.where(stay, visits["served"] // DAY, MISSING),
        discharged_on=np.where(stay, (visits["served"] + visits["gap"]) // DAY, MISSING),
        total_fen=visits["total_fen"],
        fund_fen=visits["fund_fen"],
        account_fen=visits["account_fen"],
        cash_fen=visits["cash_fen"],
        recorded_order=recorded,
    )


def _lines(city: City, ids: Array) -> Columns:
    lines, items = city.claims.lines, city.world.medicine.items
    return _columns(
        LINES,
        len(lines["visit"]),
        claim_id=ids[lines["visit"]],
        line_number=line_numbers(city.claims),
        item_code=items["code"][lines["item"]],
        item_kind=items["item_kind"][lines["item"]],
        quantity_e4=lines["quantity_e4"],
        amount_fen=lines["amount_fen"],
        days_of_supply=np.where(lines["days"] < 0, MISSING, lines["days"]),
    )


def _diagnosed(city: City) -> Array:
    visits = city.claims.visits
    return np.flatnonzero((visits["care"] != ACCOUNT) & (visits["is_reversal"] == 0))


def _diagnoses(city: City, ids: Array, rows: Array) -> Columns:
    codes = city.world.medicine.diagnosis_codes[city.claims.visits["diagnosis"][rows]]
    ones = np.ones(len(rows), dtype=np.int64)
    return _columns(DIAGNOSES, len(rows), claim_id=ids[rows], sequence=ones, code=codes, is_main=ones.astype(np.bool_))


def _patients(city: City, with_home: bool) -> Columns:
    people, names = city.world.people, np.array(list(city.world.medicine.conditions))
    columns, n = people.columns, len(people)
    areas = np.array([f"{area}{d + 1:02d}" for area in (AREA, OTHER_AREA) for d in range(6)], dtype=object)
    employers = np.array([f"employer {n}" for n in range(int(columns["employer"].max(initial=0)) + 1)], dtype=object)
    patterns, which = np.unique(people.has, axis=0, return_inverse=True)
    said = np.array([",".join(names[pattern]) for pattern in patterns], dtype=object)
    home = {
        "area": areas[columns["district"] + 6 * columns["is_visitor"]],
        "employer_id": _texts(employers, columns["employer"]),
    }
    return _columns(
        PATIENTS,
        n,
        patient_id=people.numbers,
        born_on=columns["born_on"],
        insurance_type=np.where(columns["insurance"] == EMPLOYEE, "310", "390").astype(object),
        long_prescription_from=columns["long_prescription_from"],
        long_prescription_until=columns["long_prescription_until"],
        chronic_conditions=_texts(said, np.where(people.is_chronic, which, -1)),
        **(home if with_home else {}),
    )


def _institutions(city: City) -> Columns:
    places = city.world.places
    return _columns(
        INSTITUTIONS,
        len(places),
        institution_id=places.codes,
        kind=KINDS[places.columns["kind"]],
        level=LEVELS[places.columns["level"]],
    )


def _catalogue(city: City) -> Columns:
    items = city.world.medicine.items
    no_pack = items["pack"] <= 0
    return _columns(
        CATALOGUE,
        len(items["code"]),
        item_code=items["code"],
        name=items["name"],
        item_kind=items["item_kind"],
        units_per_pack_e4=np.where(no_pack, MISSING, np.round(items["pack"] * E4).astype(np.int64)),
        units_per_day_e4=np.where(no_pack, MISSING, np.round(items["per_day"] * E4).astype(np.int64)),
        is_resale_prone=items["is_resale_prone"],
        valid_from=np.zeros(len(items["code"]), dtype=np.int64),
    )


def _texts(texts: Array, rows: Array) -> Array:
    """The text of each row, None where it is below zero."""
    return np.array([*texts.tolist(), None], dtype=object)[rows]


def _columns(table: Table, n: int, **given: Array) -> Columns:
    """Columns of a table; those that are not given are missing."""
    columns = {}
    for column in table.columns:
        if column.name in given:
            columns[column.name] = given[column.name].astype(column.kind.array_type, copy=False)
        elif column.kind is Kind.TEXT:
            columns[column.name] = np.full(n, None, dtype=object)
        else:
            columns[column.name] = np.full(n, False if column.kind is Kind.FLAG else MISSING, column.kind.array_type)
    return columns
