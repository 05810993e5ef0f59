"""Packs the long pasts of a whole store at once, for the build."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import psycopg
import pyarrow as pa

from claims.batch import ClaimBatch, select
from claims.lazy import coded
from claims.lookup import is_given
from claims.shuffle import read_part, write_whole
from claims.store.batches import batch_of, columns_of
from claims.store.slices import Listed, read_children_of, read_claims_of
from claims.store.stream import narrowed
from claims.tables import CLAIMS, DIAGNOSES, LINES, PAST_LINES, Array, Columns
from features.packed import pack_each
from features.scatter import Plan, block_name
from features.windows import LONGEST, window

PASTS = "pasts"
"""The folder of those that go into the store."""

PAST_SCHEMA = pa.schema({"patient_id": pa.string(), "packed": pa.binary()})

_LINES = narrowed(LINES, PAST_LINES.names)
LONG_PAST = 50
"""Claims in the longest window from which on a build packs a patient's past; shorter ones are read quickly as rows."""


def pack_part(plan: Plan, number: int) -> None:
    """Pack the long pasts of a part of patients: while a build learns, for they need nothing that it learns."""
    columns = ("claim_id", "patient_id", "settled_at", "recorded_order")
    claims = columns_of(read_part(plan.pieces("claims", plan.keys[0]), number, columns), CLAIMS)
    with plan.moment.connect() as connection:
        pasts = pack_long(connection, claims, plan.since)
    by_column = list(zip(*pasts, strict=True)) or [(), ()]
    write_whole(plan.folder / PASTS / block_name(number), pa.table(by_column, schema=PAST_SCHEMA))


def newest_window(connection: psycopg.Connection) -> int:
    """The first second of the longest window before the newest claim of a store that holds some."""
    row = connection.execute(
        "SELECT extract(epoch FROM max(least(settled_at, known_at)))::bigint FROM claims"
    ).fetchone()
    assert row is not None
    return int(window(LONGEST).start(int(row[0])))


def pack_long(connection: psycopg.Connection, claims: Columns, since: int) -> list[tuple[str, bytes]]:
    """The packed pasts of those with a long one, whose claims are read whole for it.

    Args:
        connection: an open connection.
        claims: every claim of some patients, at least their ids, orders, and when and whose they are.
        since: from `newest_window`.
    """
    is_theirs = _long(claims, since)
    if not is_theirs.any():
        return []
    chosen = Listed(
        np.union1d(claims["recorded_order"][is_theirs], _reversals(connection, claims["claim_id"][is_theirs]))
    )
    children = {table.name: read_children_of(connection, table, chosen) for table in (_LINES, DIAGNOSES)}
    return list(long_pasts(batch_of(read_claims_of(connection, CLAIMS, chosen), children), since))


def _reversals(connection: psycopg.Connection, names: Array) -> Array:
    """The orders of whatever reverses these claims, be it of another patient."""
    rows = connection.execute("SELECT recorded_order FROM claims WHERE reverses_claim_id = ANY(%b)", (names.tolist(),))
    return np.array([order for (order,) in rows], dtype=np.int64)


def _long(claims: Columns, since: int) -> Array:
    """Which claims are of those who have a long past."""
    patients = coded(claims, "patient_id")
    is_recent = claims["settled_at"] >= since
    is_long = np.bincount(patients.codes[is_recent], minlength=len(patients.texts)) >= LONG_PAST
    return np.asarray(is_long[patients.codes])


def long_pasts(whole: ClaimBatch, since: int) -> Iterator[tuple[str, bytes]]:
    """The packed past of each patient with many claims from `since` on.

    Left out are the few who are mixed up with another patient by a reversal: theirs is read at the first settlement.

    Args:
        whole: every claim of these patients, and the reversals of others that name one of theirs.
        since: from `newest_window`.
    """
    if not len(whole):
        return
    patients = coded(whole.claims, "patient_id")
    rows = np.flatnonzero(_long(whole.claims, since))
    rows = rows[np.argsort(patients.codes[rows], kind="stable")]
    is_kept = _kept(whole.claims, rows, patients.codes, since)
    theirs = select(whole, rows[is_kept])
    names = coded(theirs.claims, "patient_id")
    is_other = names.codes[1:] != names.codes[:-1]
    cuts = np.array([0, *(np.flatnonzero(is_other) + 1).tolist(), len(theirs)])
    if len(theirs):
        owners = [names.texts[code] for code in names.codes[cuts[:-1]].tolist()]
        yield from zip(owners, pack_each(theirs, cuts, since), strict=True)


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
