"""What a bootstrap over claims draws whole: the ring of a patient who stands in one, else the patient.

The claims of one person stand or fall together, and so do those of the members of one ring: drawing them apart would
make every interval too narrow.
"""

from __future__ import annotations

import numpy as np
import psycopg

from claims.tables import Array
from graphs.newest import newest_snapshot
from graphs.store import rings_at


def units_of(connection: psycopg.Connection, patient_ids: Array, at: int) -> Array:
    """The unit of each claim.

    Args:
        connection: an open connection.
        patient_ids: (n,) whose claims they are.
        at: seconds; the newest snapshot of rings that was available then counts.

    Returns:
        (n,) texts. Of several rings of a person the one with the highest score; without a snapshot the patients.
    """
    snapshot = newest_snapshot(connection, at)
    if snapshot is None:
        return patient_ids
    ring_of: dict[str, str] = {}
    for ring in rings_at(connection, snapshot):  # highest score first
        for member in ring.members:
            ring_of.setdefault(member, f"ring {ring.ring_id}")
    return np.array([ring_of.get(patient, patient) for patient in patient_ids.tolist()], dtype=object)
