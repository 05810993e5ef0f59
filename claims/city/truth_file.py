"""The truth as a file: written for judges, read by nothing that learns or decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from claims.city.arrow import table, texts
from claims.city.make import City
from claims.city.national import line_numbers, settlement_ids
from claims.city.wrongs import WRONGS


def truth_table(city: City) -> Any:
    """One row a wrong, with its amount in yuan; feedetl_sn is empty where the whole claim is wrong."""
    truth, number = city.truth, line_numbers(city.claims)
    setl = settlement_ids(truth.claim).tolist()
    feed = [f"{setl_id}{number[row]:03d}" if row >= 0 else None for setl_id, row in zip(setl, truth.line, strict=True)]
    names = np.array([wrong.name for wrong in WRONGS], dtype=object)
    kinds = np.array([wrong.subject_kind for wrong in WRONGS], dtype=object)
    rings = [
        f"{names[wrong]}-{ring:03d}" if ring >= 0 else None for wrong, ring in zip(truth.wrong, truth.ring, strict=True)
    ]
    return table(
        {
            "setl_id": setl,
            "feedetl_sn": feed,
            "psn_no": texts(city.world.people.numbers, city.claims.visits["person"][truth.claim]),
            "subject_kind": texts(kinds, truth.wrong),
            "scheme": texts(names, truth.wrong),
            "ring_id": rings,
            "amount_yuan": [f"{fen / 100:.2f}" for fen in truth.amount_fen.tolist()],
        }
    )
