"""The reference tables of the tests: a few people, places, departments, staff and items."""

from __future__ import annotations

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.store.columns import append
from claims.tables import CATALOGUE, DEPARTMENTS, INSTITUTIONS, PATIENTS, STAFF, Columns
from tests.features.judged import made_up_findings
from tests.features.made import DRUG_A, DRUG_C, columns_of

NEW_YEAR_2025 = 20_089
APPROVALS = {
    1: {"long_prescription_from": NEW_YEAR_2025 - 366, "long_prescription_until": NEW_YEAR_2025 + 4},
    2: {"long_prescription_from": 0},
    3: {"long_prescription_from": NEW_YEAR_2025},
}
"""First and last days of approvals for long prescriptions, at moments that `HARD_MOMENTS` has."""

_TABLES = {
    "patients": PATIENTS,
    "institutions": INSTITUTIONS,
    "departments": DEPARTMENTS,
    "staff": STAFF,
    "catalogue": CATALOGUE,
}


def reference() -> dict[str, dict[str, np.ndarray]]:
    """Reference tables by name: four known persons, three institutions (the third a pharmacy), a small catalogue.

    The fifth person, department b of i2 and doctor d3 are in no table, as it happens in real ones.
    """
    patients = [
        {"patient_id": f"p{n}", "sex": str(1 + n % 2), "born_on": 365 * 10 * n, **APPROVALS.get(n, {})}
        for n in range(1, 5)
    ]
    places = [
        {"institution_id": f"i{n}", "kind": "pharmacy" if n == 3 else "hospital",
         "level": None if n == 3 else "09", "area": "330100"}
        for n in range(1, 4)
    ]  # fmt: skip
    departments = [
        {"institution_id": place, "department_id": name, "name": f"department {name}", "valid_from": 0}
        for place, name in (("i1", "b"), ("i2", "a"))
    ]
    again = {"institution_id": "i1", "department_id": "a", "name": "department a", "valid_from": 18_500}
    departments += [again, {**again, "name": "department a of before", "valid_from": 0, "valid_until": 18_000}]
    staff = [
        {"institution_id": place, "staff_id": name, "role": "doctor", "department_id": "a", "valid_from": 0}
        for place, name in (("i1", "d1"), ("i2", "d2"))
    ]
    drug = {"item_kind": "drug", "is_resale_prone": False, "valid_from": 0}
    catalogue = [
        {**drug, "item_code": DRUG_A, "units_per_pack_e4": 280_000, "units_per_day_e4": 10_000, "valid_until": 19_999},
        {**drug, "item_code": DRUG_A, "units_per_pack_e4": 140_000, "units_per_day_e4": 20_000, "valid_from": 20_000,
         "is_resale_prone": True},
        {**drug, "item_code": DRUG_C, "drug_class": "A99ZZ", "is_resale_prone": True},
    ]  # fmt: skip
    rows = {
        "patients": patients,
        "institutions": places,
        "departments": departments,
        "staff": staff,
        "catalogue": catalogue,
    }
    return {name: columns_of(_TABLES[name], rows[name]) for name in _TABLES}


def context_of(history: ClaimBatch, confirmed: Columns | None = None) -> Context:
    """The reference tables around `history`, and what reviewers had found: made-up findings unless others are given."""
    return Context(history, **reference(), confirmed=made_up_findings() if confirmed is None else confirmed)


def store_reference(connection: psycopg.Connection) -> None:
    """Write the reference tables into a store."""
    for name, columns in reference().items():
        append(connection, _TABLES[name], columns)
