"""Reads from the store what the links of some nights need, and no column more."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.clock import start_of_day, to_day
from claims.store.batches import batch_of, columns_of
from claims.store.columns import read_bulk
from claims.store.sweep import sweep_children, sweep_claims, sweep_table
from claims.tables import CATALOGUE, CLAIMS, DIAGNOSES, INSTITUTIONS, LINES, MISSING, PATIENTS, Columns, Table

LOOK_BACK_DAYS = 370
"""180 days of links, each judged by 180 days of its place's habits, and ten to spare."""

STAYS_LOOK_BACK_DAYS = 810
"""Stays are few and their groups slow: 400 days together, each judged by 400 days of its hospital's habits."""


@dataclass(frozen=True)
class Source:
    """Claims (with the columns that links need), what is registered beside them, and who was found to violate.

    Attributes:
        confirmed: `patient_id`, `known_at` and `replaced_at` (seconds, `MISSING` while it stands) of findings.
    """

    batch: ClaimBatch
    patients: Columns
    institutions: Columns
    catalogue: Columns
    confirmed: Columns = field(default_factory=lambda: confirmed_of([]))


def confirmed_of(rows: Sequence[tuple[str, int, int | None]]) -> Columns:
    """Findings as the columns of `Source.confirmed`."""
    names, known, replaced = zip(*rows, strict=True) if rows else ((), (), ())
    return {
        "patient_id": np.array(names, dtype=object),
        "known_at": np.array(known, dtype=np.int64),
        "replaced_at": np.array([MISSING if at is None else at for at in replaced], dtype=np.int64),
    }


_CONFIRMED = """SELECT f.entity_id, extract(epoch FROM f.known_at)::bigint,
    (SELECT extract(epoch FROM min(r.known_at))::bigint FROM verdicts r WHERE r.replaces_verdict_id = f.verdict_id)
FROM confirmed f WHERE f.entity_kind = 'patient'"""


def _only(table: Table, *names: str) -> Table:
    return Table(table.name, table.key, tuple(column for column in table.columns if column.name in names))


_CLAIMS = _only(
    CLAIMS,
    *("claim_id", "kind", "reverses_claim_id", "patient_id", "institution_id", "doctor_id", "till_id", "channel"),
    *("benefit_kind", "settled_at", "known_at", "admitted_on", "discharged_on"),
    *("total_fen", "fund_fen", "account_fen", "recorded_order"),
)
_LINES = _only(LINES, "item_code", "quantity_e4", "days_of_supply")
_DIAGNOSES = _only(DIAGNOSES, "code")
_PATIENTS = _only(
    PATIENTS,
    *("patient_id", "area", "employer_id", "chronic_conditions", "long_prescription_from", "long_prescription_until"),
)


def read_source(connection: psycopg.Connection, first_day: int) -> Source:
    """The rows that nights from `first_day` on may look at, whatever their cadence.

    Lines are read only where any version of the catalogue lists the item as resale-prone: of others nothing is asked.
    """
    oldest, oldest_stay = (start_of_day(to_day(first_day - days)) for days in (LOOK_BACK_DAYS, STAYS_LOOK_BACK_DAYS))
    seen = (
        f"({{0}}.known_at >= to_timestamp({oldest}) OR {{0}}.settled_at >= to_timestamp({oldest}) "
        f"OR {{0}}.benefit_kind = 'inpatient' AND {{0}}.settled_at >= to_timestamp({oldest_stay}))"
    )
    resale = "t.item_code IN (SELECT item_code FROM catalogue WHERE is_resale_prone)"
    claims = sweep_claims(connection, _CLAIMS, seen.format("t"))
    lines = sweep_children(connection, _LINES, f"{seen.format('c')} AND {resale}")
    diagnoses = sweep_children(connection, _DIAGNOSES, f"{seen.format('c')} AND t.sequence = 1")
    return Source(
        batch_of(claims, {"lines": lines, "diagnoses": diagnoses}),
        columns_of(sweep_table(connection, _PATIENTS), PATIENTS),
        read_bulk(connection, INSTITUTIONS, "ORDER BY t.institution_id"),
        read_bulk(connection, CATALOGUE, f"WHERE {resale} ORDER BY t.item_code, t.valid_from"),
        confirmed_of(connection.execute(_CONFIRMED).fetchall()),
    )
