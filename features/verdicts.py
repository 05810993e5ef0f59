"""What reviewers had found about a person, a doctor or an institution before a claim became known.

Before means: known before the full hour that lies an hour or two before the claim (`cutoff`). Whoever settles a claim
while a verdict is being stored sees it or not by chance; an hour later it is stored for sure, so the served value and
the recomputed one are equal, and a training row meets the same delay. A verdict that an appeal replaced stops counting
once the appeal is known by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array, Columns
from features.compiled import compiled
from features.past import NEVER, first_from
from features.rows import Rows, number
from features.sorting import different_pairs
from features.windows import LONGEST, floor, window

KINDS = ("patient", "doctor", "institution")

_QUERY = """SELECT f.entity_kind, f.entity_id, f.claim_id, extract(epoch FROM f.known_at)::bigint,
    (SELECT extract(epoch FROM min(r.known_at))::bigint FROM verdicts r WHERE r.replaces_verdict_id = f.verdict_id),
    f.amount_fen FROM confirmed f """
_OF_THESE = """JOIN unnest(%s::text[], %s::text[]) AS a(kind, id) ON f.entity_kind = a.kind AND f.entity_id = a.id
    WHERE f.known_at >= to_timestamp(%s)"""


def cutoff(known_at: Array) -> Array:
    """The moment before which a verdict was known in time for claims known at these moments, seconds."""
    return floor(np.maximum(known_at, 0), HOUR) - HOUR


def ask_confirmed(connection: psycopg.Connection, batch: ClaimBatch | None = None) -> psycopg.Cursor:
    """Ask for the findings of violations about the persons, doctors and institutions of `batch`, or for all of them."""
    if batch is None:
        return connection.execute(_QUERY.encode(), binary=True)
    named = sorted({(kind, name) for kind in KINDS for name in batch.claims[f"{kind}_id"].tolist() if name is not None})
    first = int(window(LONGEST).start(cutoff(batch.claims["known_at"])).min(initial=NEVER)) if named else 0
    values = ([kind for kind, _ in named], [name for _, name in named], first)
    return connection.execute((_QUERY + _OF_THESE).encode(), values, binary=True)


def confirmed_of(answer: psycopg.Cursor) -> Columns:
    """The findings that were asked for.

    Returns:
        Columns entity_kind, entity_id, claim_id, known_at, replaced_at (seconds, MISSING while it stands), amount_fen.
    """
    found = answer.fetchall()
    kind, name, claim, known_at, replaced_at, amount = zip(*found, strict=True) if found else ((),) * 6
    return {
        **{key: np.array(values, dtype=object) for key, values in
           (("entity_kind", kind), ("entity_id", name), ("claim_id", claim))},
        "known_at": np.array(known_at, dtype=np.int64),
        "replaced_at": np.array([MISSING if at is None else at for at in replaced_at], dtype=np.int64),
        "amount_fen": np.array(amount, dtype=np.int64),
    }  # fmt: skip


def read_verdicts(rows: Rows, per: str, whats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Array]:
    """The readings called `whats`, each (name, window), about the `per` of the asked claims; NaN without a verdict.

    Returns:
        n float64 for each of `whats`.
    """
    found = {over: _standing_of(rows, per, over) for over in {over for _, over in whats}}
    return {(name, over): found[over][name] for name, over in whats}


def _standing_of(rows: Rows, per: str, over: str) -> dict[str, Array]:
    counted = np.zeros((len(rows.at), 3), dtype=np.int64)
    table, asked, until = rows.context.confirmed, rows.keys(per)[rows.at], cutoff(rows.claims["known_at"][rows.at])
    if table is not None:
        _fill(rows, per, over, table, asked, until, counted)
    none = counted[:, 0] == 0
    return {
        "confirmed_claims_count": counted[:, 0].astype(np.float64),
        "confirmed_amount_sum": counted[:, 1].astype(np.float64),
        "days_since_confirmed": np.where(none, np.nan, (until - counted[:, 2]) / DAY),
    }


def _fill(rows: Rows, per: str, over: str, table: Columns, asked: Array, until: Array, counted: Array) -> None:
    """Count for the claims of entities with a verdict: each different (entity, hour) once."""
    events = np.flatnonzero(table["entity_kind"] == per)
    if not len(events):
        return
    codes = rows.numbers(f"{per}_id")[1]
    key = np.array([codes.get(name, -1) for name in table["entity_id"][events].tolist()], dtype=np.int64)
    by_time = np.lexsort((table["known_at"][events], key))
    events, key = events[by_time], key[by_time]
    has_any = np.zeros(len(codes) + 1, dtype=np.bool_)
    has_any[key[key >= 0]] = True
    wanted = np.flatnonzero((asked >= 0) & has_any[asked])
    if not len(wanted):
        return
    asked_at, back = different_pairs(asked[wanted], until[wanted])
    q_key, q_until = asked[wanted][asked_at], until[wanted][asked_at]
    replaced, claims = table["replaced_at"][events], number(table["claim_id"][events])[0]
    found = standing(
        key, table["known_at"][events], np.where(replaced == MISSING, NEVER, replaced), claims,
        table["amount_fen"][events], q_key, q_until, window(over).start(q_until),
    )  # fmt: skip
    counted[wanted] = found[back]


@compiled
def standing(
    key: Array, known: Array, replaced: Array, claim: Array, amount: Array,
    q_key: Array, q_until: Array, q_start: Array,
) -> Array:  # fmt: skip
    """Verdicts of a key, sorted by (key, known), that were known in [start, until) and not replaced before `until`.

    Returns:
        (n, 3) int64: different claims, sum of the amounts, when the last one became known.
    """
    out = np.zeros((q_key.size, 3), np.int64)
    seen_by = np.full(key.size, -1, np.int64)
    for q in range(q_key.size):
        row = first_from(key, known, q_key[q], q_start[q])
        while row < key.size and key[row] == q_key[q] and known[row] < q_until[q]:
            if replaced[row] >= q_until[q]:
                out[q, 0] += seen_by[claim[row]] != q
                seen_by[claim[row]] = q
                out[q, 1] += amount[row]
                out[q, 2] = known[row]
            row += 1
    return out
