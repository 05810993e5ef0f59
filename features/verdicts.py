"""What reviewers had found about a person, a doctor or an institution before a claim became known.

Before means: known before the full hour that lies an hour or two before the claim (`cutoff`). Whoever settles a claim
while a verdict is being stored sees it or not by chance; an hour later it is stored for sure, so the served value and
the recomputed one are equal, and a training row meets the same delay. A verdict that an appeal replaced stops counting
once the appeal is known by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array, Columns
from features.compiled import compiled
from features.past import NEVER, Whats, first_from, windows_of
from features.rows import Rows, number
from features.sorting import different_pairs
from features.windows import LONGEST, floor, window

KINDS = ("patient", "doctor", "institution")
READINGS = ("confirmed_claims_count", "confirmed_amount_sum", "days_since_confirmed")
"""What `standing` reads, in the order of its columns."""

FINDING = """ARRAY[f.entity_kind, f.entity_id, f.claim_id] AS texts, ARRAY[extract(epoch FROM f.known_at)::bigint,
    (SELECT extract(epoch FROM min(r.known_at))::bigint FROM verdicts r WHERE r.replaces_verdict_id = f.verdict_id),
    f.amount_fen] AS numbers"""
"""What a finding of the table `confirmed`, called `f`, says."""


_NOTHING = np.empty(0, dtype=np.int64)


def cutoff(known_at: Array) -> Array:
    """The moment before which a verdict was known in time for claims known at these moments, seconds."""
    return floor(np.maximum(known_at, 0), HOUR) - HOUR


def ask_confirmed(connection: psycopg.Connection) -> psycopg.Cursor:
    """Ask for all findings of violations."""
    return connection.execute(f"SELECT {FINDING} FROM confirmed f".encode(), binary=True)


def confirmed_from(batch: ClaimBatch) -> int:
    """The first second of findings that claims can see."""
    first = batch.claims["known_at"].min(initial=NEVER)
    return int(window(LONGEST).start(cutoff(first)))


def confirmed_of(findings: Iterable[tuple[Any, ...]]) -> Columns:
    """Findings as columns.

    Args:
        findings: texts and numbers of each, as `FINDING` makes them.

    Returns:
        Columns entity_kind, entity_id, claim_id, known_at, replaced_at (seconds, MISSING while it stands), amount_fen.
    """
    rows = [(*texts, *numbers) for texts, numbers in findings]
    kind, name, claim, known_at, replaced_at, amount = zip(*rows, strict=True) if rows else ((),) * 6
    return {
        **{key: np.array(values, dtype=object) for key, values in
           (("entity_kind", kind), ("entity_id", name), ("claim_id", claim))},
        "known_at": np.array(known_at, dtype=np.int64),
        "replaced_at": np.array([MISSING if at is None else at for at in replaced_at], dtype=np.int64),
        "amount_fen": np.array(amount, dtype=np.int64),
    }  # fmt: skip


def read_verdicts(rows: Rows, per: str, whats: Whats) -> Array:
    """The readings called `whats`, each (name, window), about the `per` of the asked claims; NaN without a verdict.

    Returns:
        (whats, n) float64.
    """
    overs, places = windows_of(whats, READINGS)
    found = _counted(rows, per, overs)
    return np.asarray(found[places])


def _counted(rows: Rows, per: str, overs: Sequence[str]) -> Array:
    """For each window and asked claim: different claims, sum of the amounts, days since the last verdict (w, 3, n)."""
    out = np.zeros((len(overs), 3, len(rows.at)))
    out[:, 2] = np.nan
    table = rows.context.confirmed
    events = np.flatnonzero(table["entity_kind"] == per) if table is not None and len(table["known_at"]) else _NOTHING
    if table is None or not len(events):
        return out
    codes = rows.numbers(f"{per}_id")[1]
    key = np.array([codes.get(name, -1) for name in table["entity_id"][events].tolist()], dtype=np.int64)
    by_time = np.lexsort((table["known_at"][events], key))
    events, key = events[by_time], key[by_time]
    asked, until = rows.keys(per)[rows.at], cutoff(rows.claims["known_at"][rows.at])
    has_any = np.zeros(len(codes) + 1, dtype=np.bool_)
    has_any[key[key >= 0]] = True
    wanted = np.flatnonzero((asked >= 0) & has_any[asked])
    different, back = different_pairs(asked[wanted], until[wanted])  # each (entity, hour) is counted once
    asked, until = asked[wanted][different], until[wanted][different]
    found = standing(
        key, table["known_at"][events], table["replaced_at"][events], number(table["claim_id"][events])[0],
        table["amount_fen"][events], asked, until, np.array([window(over).start(until) for over in overs]), MISSING,
    )  # fmt: skip
    out[:, :, wanted] = found[:, :, back]
    return out


@compiled
def standing(
    key: Array, known: Array, replaced: Array, claim: Array, amount: Array,
    q_key: Array, q_until: Array, q_start: Array, missing: int,
) -> Array:  # fmt: skip
    """Verdicts that were known in [start, until) and not replaced before `until`.

    Args:
        key: m verdicts sorted by (key, known), whom they concern.
        known: m verdicts, seconds.
        replaced: m verdicts, when they were replaced, `missing` while they stand.
        claim: m verdicts, numbers of claims below m.
        amount: m verdicts, fen.
        q_key: n queries.
        q_until: n queries, seconds.
        q_start: (w, n) first second of each window.
        missing: what stands for a missing moment.

    Returns:
        (w, 3, n) float64: different claims, sum of the amounts, days since the last one became known or NaN.
    """
    out = np.zeros((q_start.shape[0], 3, q_key.size))
    seen_by = np.full(key.size, -1, np.int64)
    for w in range(q_start.shape[0]):
        for q in range(q_key.size):
            count, total, last = 0, 0, missing
            row = first_from(key, known, q_key[q], q_start[w, q])
            while row < key.size and key[row] == q_key[q] and known[row] < q_until[q]:
                if replaced[row] == missing or replaced[row] >= q_until[q]:
                    count += seen_by[claim[row]] != w * q_key.size + q
                    seen_by[claim[row]] = w * q_key.size + q
                    total += amount[row]
                    last = known[row]
                row += 1
            out[w, 0, q], out[w, 1, q] = count, total
            out[w, 2, q] = (q_until[q] - last) / DAY if count > 0 else np.nan
    return out
