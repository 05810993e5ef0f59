"""Packs the long pasts of a whole store at once, for the build."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import psycopg

from claims.batch import ClaimBatch, select
from claims.lazy import coded
from claims.lookup import is_given
from claims.tables import Array, Columns
from features.packed import pack
from features.windows import LONGEST, window

LONG_PAST = 50
"""Claims in the longest window from which on a build packs a patient's past; shorter ones are read quickly as rows."""


def replace_pasts(connection: psycopg.Connection, whole: ClaimBatch) -> None:
    """Throw all pasts away and pack the long ones of `whole`, which holds every claim of the store."""
    connection.execute("DELETE FROM patient_pasts")
    with connection.cursor().copy("COPY patient_pasts (patient_id, packed) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["text", "bytea"])
        for row in long_pasts(whole):
            copy.write_row(row)


def long_pasts(whole: ClaimBatch) -> Iterator[tuple[str, bytes]]:
    """The packed past of each patient with many claims in the longest window before the newest claim.

    Left out are the few who are mixed up with another patient by a reversal: theirs is read at the first settlement.
    """
    if not len(whole):
        return
    settled_at, known_at = whole.claims["settled_at"], whole.claims["known_at"]
    since = int(window(LONGEST).start(int(np.minimum(settled_at, known_at).max())))
    patients = coded(whole.claims, "patient_id")
    is_long = np.bincount(patients.codes[settled_at >= since], minlength=len(patients.texts)) >= LONG_PAST
    rows = np.flatnonzero(is_long[patients.codes])
    rows = rows[np.argsort(patients.codes[rows], kind="stable")]
    is_kept = _kept(whole.claims, rows, patients.codes, since)
    for name, past in _each(select(whole, rows[is_kept])):
        yield name, pack(past, since)


def _kept(claims: Columns, rows: Array, patients: Array, since: int) -> Array:
    """Which of `rows` are in a past: those from `since` on, and the other ends of their reversals."""
    is_kept = np.asarray(claims["settled_at"][rows] >= since)
    row_of = {name: row for row, name in enumerate(claims["claim_id"][rows].tolist())}
    place_of = np.full(len(patients), -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    mixed_up: set[int] = set()
    reversals = np.flatnonzero(is_given(claims["reverses_claim_id"]))
    for reversal, name in zip(reversals.tolist(), claims["reverses_claim_id"][reversals].tolist(), strict=True):
        one, other = int(place_of[reversal]), row_of.get(name, -1)
        if one >= 0 and other >= 0 and patients[reversal] == patients[rows[other]]:
            is_kept[one] = is_kept[other] = is_kept[one] or is_kept[other]
        else:
            mixed_up |= {int(patients[rows[place]]) for place in (one, other) if place >= 0}
    return is_kept & ~np.isin(patients[rows], list(mixed_up))


def _each(sorted_claims: ClaimBatch) -> Iterator[tuple[str, ClaimBatch]]:
    """The claims of each patient, which lie together."""
    names, children = sorted_claims.claims["patient_id"], (sorted_claims.lines, sorted_claims.diagnoses)
    cuts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
    firsts = [np.searchsorted(child["claim_index"], cuts).tolist() for child in children]
    for place, (start, end) in enumerate(pairwise(cuts)):
        if start == end:
            continue
        parts = (_part(child, *first[place : place + 2]) for child, first in zip(children, firsts, strict=True))
        lines, diagnoses = ({**part, "claim_index": part["claim_index"] - start} for part in parts)
        yield str(names[start]), ClaimBatch(_part(sorted_claims.claims, start, end), lines, diagnoses)


def _part(columns: Columns, start: int, end: int) -> dict[str, Array]:
    return {name: column[start:end] for name, column in columns.items()}
