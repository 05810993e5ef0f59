"""Reads from the store what the links of some nights need, and no column more."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.clock import start_of_day, to_day
from claims.store.columns import join, read_bulk
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
_LINES = _only(LINES, "claim_id", "line_number", "item_code", "quantity_e4", "days_of_supply")
_DIAGNOSES = _only(DIAGNOSES, "claim_id", "sequence", "code")
_PATIENTS = _only(
    PATIENTS,
    *("patient_id", "area", "employer_id", "chronic_conditions", "long_prescription_from", "long_prescription_until"),
)


def read_source(connection: psycopg.Connection, first_day: int) -> Source:
    """The rows that nights from `first_day` on may look at, whatever their cadence.

    Lines are read only where any version of the catalogue lists the item as resale-prone: of others nothing is asked.
    """
    oldest, oldest_stay = (start_of_day(to_day(first_day - days)) for days in (LOOK_BACK_DAYS, STAYS_LOOK_BACK_DAYS))
    where = (
        f"(t.known_at >= to_timestamp({oldest}) OR t.settled_at >= to_timestamp({oldest}) "
        f"OR t.benefit_kind = 'inpatient' AND t.settled_at >= to_timestamp({oldest_stay}))"
    )
    chosen = f"JOIN (SELECT claim_id, recorded_order FROM claims t WHERE {where}) c ON c.claim_id = t.claim_id"
    resale = "WHERE t.item_code IN (SELECT item_code FROM catalogue WHERE is_resale_prone)"
    claims = read_bulk(connection, _CLAIMS, f"WHERE {where} ORDER BY t.recorded_order")
    lines = read_bulk(connection, _LINES, f"{chosen} {resale} ORDER BY c.recorded_order, t.line_number")
    diagnoses = read_bulk(connection, _DIAGNOSES, f"{chosen} WHERE t.sequence = 1 ORDER BY c.recorded_order")
    return Source(
        join(claims, lines, diagnoses),
        read_bulk(connection, _PATIENTS, "ORDER BY t.patient_id"),
        read_bulk(connection, INSTITUTIONS, "ORDER BY t.institution_id"),
        read_bulk(connection, CATALOGUE, f"{resale} ORDER BY t.item_code, t.valid_from"),
        confirmed_of(connection.execute(_CONFIRMED).fetchall()),
    )
