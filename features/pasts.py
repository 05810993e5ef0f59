"""The packed past of each patient who settles, read with one look instead of some thousand rows, and kept up to date.

The claims of the last settlements stand beside it, as few bytes, so that a settlement does not write all the others
again; now and then they are packed with them.

A patient without one is read from the claims and gets one at the settlement, as does one whose late upload looks
further back than it was kept. A build packs those with a long past, an import drops them all: nobody has to ask whether
they are current, because whatever adds claims either extends them in the same transaction or drops them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import psycopg

from claims.batch import ClaimBatch, concat, empty_batch, select
from claims.store.columns import array_text, ask_few, join, rows_to_columns
from claims.store.stream import narrowed
from claims.tables import CLAIMS, DIAGNOSES, LINES, PAST_LINES, Array
from features.added import continued, lines_of
from features.packed import Past, grown, pack, unpack

SPARE = 4
"""A past is cut back when more than one in so many of its claims is too old to be seen."""
ADDED = 32
"""Claims stand beside the packed ones while they are no more than one in so many."""

_LINES = narrowed(LINES, PAST_LINES.names)
_CLAIMS_OF = """WITH past AS MATERIALIZED (
    SELECT claim_id, reverses_claim_id FROM claims
    WHERE patient_id = ANY(%s) AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
SELECT claim_id FROM past UNION SELECT reverses_claim_id FROM past WHERE reverses_claim_id IS NOT NULL
UNION SELECT claim_id FROM claims
    WHERE reverses_claim_id = ANY(ARRAY(SELECT claim_id FROM past)) AND recorded_order < %s"""
"""The patients' claims, and both ends of each reversal even where one of them is older."""


WRITE_WHOLE = """INSERT INTO patient_pasts (patient_id, packed)
SELECT * FROM unnest(%(whole)s::text[], %(packed)b::bytea[])
ON CONFLICT (patient_id) DO UPDATE SET packed = excluded.packed, added = NULL"""


@dataclass(frozen=True)
class History(ClaimBatch):
    """Claims before a batch in recorded order, and the packed pasts that are all of it where `is_whole`."""

    pasts: Mapping[str, Past] = field(default_factory=dict)
    is_whole: bool = False


def read_history(
    connection: psycopg.Connection,
    patients: list[str],
    since: int,
    below: int,
    packed: Mapping[str, tuple[bytes, bytes | None]],
    ends: set[str],
) -> History:
    """The claims of the patients settled at `since` or later and of an order below `below`.

    Args:
        connection: an open connection.
        patients: whose claims.
        since: seconds.
        below: a recorded order.
        packed: of each patient who has one the packed past, and the lines that were added to it.
        ends: the ids of the other ends of the batch's own reversals.
    """
    found = ((name, _past(*both)) for name, both in packed.items())
    pasts = {name: past for name, past in found if past and past.kept_from <= since}
    names = set(ends)
    missing = [name for name in patients if name not in pasts]
    if missing:
        rows = connection.execute(_CLAIMS_OF, (missing, since, below, below)).fetchall()
        names |= {name for (name,) in rows}
    if not names and len(pasts) == 1:
        (past,) = pasts.values()
        return History(past.batch.claims, past.batch.lines, past.batch.diagnoses, pasts, is_whole=True)
    whole = _in_order([*(past.batch for past in pasts.values()), _read(connection, sorted(names), below)])
    return History(whole.claims, whole.lines, whole.diagnoses, pasts, is_whole=not names)


def _past(packed: bytes, added: bytes | None) -> Past | None:
    past = unpack(packed)
    return continued(past, added) if past and added else past


def _read(connection: psycopg.Connection, names: list[str], below: int) -> ClaimBatch:
    if not names:
        return empty_batch()
    with connection.pipeline():
        tail = "WHERE t.claim_id = ANY(%s) AND t.recorded_order < %s ORDER BY t.recorded_order"
        asked = [ask_few(connection, CLAIMS, tail, (names, below))]
        for table, sequence in ((_LINES, "line_number"), (DIAGNOSES, "sequence")):
            asked.append(ask_few(connection, table, f"WHERE t.claim_id = ANY(%s) ORDER BY t.{sequence}", (names,)))
    claims, *children = (
        rows_to_columns(table, cursor.fetchall())
        for table, cursor in zip((CLAIMS, _LINES, DIAGNOSES), asked, strict=True)
    )
    return join(claims, *(_of_claims(child, claims["claim_id"]) for child in children))


def _of_claims(child: dict[str, Array], claim_ids: Array) -> dict[str, Array]:
    """The rows of a child table in the order of their claims; they come in their order within a claim."""
    row_of = {name: row for row, name in enumerate(claim_ids.tolist())}
    rows = np.array([row_of.get(name, -1) for name in child["claim_id"].tolist()], dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    return {name: column[order] for name, column in child.items()}


def _in_order(parts: list[ClaimBatch]) -> ClaimBatch:
    """The claims of several parts in recorded order, each once."""
    whole = concat([part for part in parts if len(part)] or parts[:1])
    order, rows = np.unique(whole.claims["recorded_order"], return_index=True)
    is_in_order = len(order) == len(whole) and bool((np.diff(rows) > 0).all())
    return whole if is_in_order else select(whole, rows)


@dataclass(frozen=True)
class Written:
    """What a settlement leaves of packed pasts, by patient: those packed anew, and lines to be added to others."""

    whole: Mapping[str, bytes]
    added: Mapping[str, bytes]


def pasts_after(batch: ClaimBatch, history: ClaimBatch, since: int) -> Written:
    """The packed past of each of the batch's patients, the batch included.

    Args:
        batch: claims with their orders.
        history: from `read_history`, or any claims that hold what it would.
        since: the second from which on `history` holds every claim of the patients.
    """
    pasts = history.pasts if isinstance(history, History) and history.is_whole else {}
    of_row, both = batch.claims["patient_id"], None
    whole: dict[str, bytes] = {}
    added: dict[str, bytes] = {}
    for patient in sorted(set(of_row.tolist())):
        past = pasts.get(patient)
        if past and _spare(past, since) * SPARE <= len(past.batch):
            mine = batch if len(pasts) == len(batch) == 1 else select(batch, np.flatnonzero(of_row == patient))
            if (past.added + len(mine)) * ADDED <= len(past.batch):
                added[patient] = lines_of(mine, past)
            else:
                whole[patient] = grown(past, mine, past.kept_from)
        else:
            both = both or _in_order([history, batch])
            whole[patient] = pack(select(both, _rows_of(both, patient, since)), since)
    return Written(whole, added)


def _spare(past: Past, since: int) -> int:
    return int(np.count_nonzero(past.batch.claims["settled_at"] < since))


def _rows_of(whole: ClaimBatch, patient: str, since: int) -> Array:
    """The patient's claims from `since` on, and the other ends of their reversals, whoever's they are."""
    ids, originals = whole.claims["claim_id"].tolist(), whole.claims["reverses_claim_id"].tolist()
    mine = (whole.claims["patient_id"] == patient) & (whole.claims["settled_at"] >= since)
    rows = np.flatnonzero(mine).tolist()
    named, taken_back = {ids[row] for row in rows}, {originals[row] for row in rows} - {None}
    ends = [id in taken_back or original in named for id, original in zip(ids, originals, strict=True)]
    return np.flatnonzero(mine | np.array(ends, dtype=np.bool_))


def write_pasts(connection: psycopg.Connection, packed: Mapping[str, bytes]) -> None:
    """Put packed pasts in the place of older ones; the transaction is the caller's."""
    connection.execute(WRITE_WHOLE, {"whole": array_text(packed), "packed": list(packed.values())})
