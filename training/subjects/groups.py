"""The groups of subjects whose figures are told apart, as far as each applies to the kind."""

from __future__ import annotations

import numpy as np
import psycopg

from claims.tables import Array
from training.groups import CHRONIC, LEVEL, UNKNOWN, age_band
from training.subjects.kinds import Kind

_END = "to_timestamp(asked.ends)"
_SAID: dict[Kind, tuple[dict[str, str], str]] = {
    # dimension -> SQL, and what is joined
    "patient": (
        {"insurance": "p.insurance_type", "region": "p.area", "age": age_band(_END), "chronic": CHRONIC},
        "LEFT JOIN patients p ON p.patient_id = asked.id",
    ),
    # A doctor belongs to the place of the last settlement before the month end.
    "doctor": (
        {"level": LEVEL, "region": "i.area"},
        f"""LEFT JOIN LATERAL (
            SELECT institution_id FROM claims c WHERE c.doctor_id = asked.id AND c.kind = 'settlement'
                AND c.settled_at < {_END} AND c.known_at < {_END} ORDER BY c.settled_at DESC, c.claim_id LIMIT 1
        ) c ON true
        LEFT JOIN institutions i USING (institution_id)""",
    ),
    "institution": (
        {"level": LEVEL, "region": "i.area"},
        "LEFT JOIN institutions i ON i.institution_id = asked.id",
    ),
}


def dimensions_of(kind: Kind) -> tuple[str, ...]:
    """The dimensions of `training.groups` that apply to a kind."""
    return tuple(_SAID[kind][0])


def groups_of_rows(connection: psycopg.Connection, kind: Kind, ids: Array, ends: Array) -> dict[str, Array]:
    """The group of each row in each dimension, (n,) texts; `UNKNOWN` where nobody knows.

    Args:
        connection: an open connection.
        kind: what the subjects are.
        ids: (n,) text.
        ends: (n,) period ends, seconds: a person's age and a doctor's place are those of then.
    """
    said, joined = _SAID[kind]
    rows = connection.execute(
        f"SELECT {', '.join(said.values())} FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY"
        f" AS asked(id, ends, place) {joined} ORDER BY place".encode(),
        [ids.tolist(), ends.tolist()],
    ).fetchall()
    columns = zip(*rows, strict=True) if rows else ((),) * len(said)
    return {
        name: np.array([UNKNOWN if one is None else one for one in column], dtype=object)
        for name, column in zip(said, columns, strict=True)
    }
