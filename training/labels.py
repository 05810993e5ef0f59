"""Which claims are positive, which negative, and which nobody judged, as far as was known at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import psycopg

from claims.batch import take
from claims.errors import NoVerdicts
from claims.store.columns import read_bulk
from claims.tables import MISSING, VERDICTS, Array, Columns

VIOLATING, IN_ORDER = "violating", "in_order"
QUANTITY_UNIT = 10_000


@dataclass(frozen=True)
class ClaimLabels:
    """n judged claims; a claim that nobody judged is not among them.

    Attributes:
        claim_ids: (n,) text, each once, sorted.
        is_violating: (n,) true where a standing verdict marks the claim or one of its lines violating.
        amount_fen: (n,) money found violating, summed over the standing verdicts, fen.
        draw_probability: (n,) chance of the random draw that led to the claim, 1.0 when a rule, tip or model led there.
        is_random_draw: (n,) true where the claim was judged because it was drawn at random.
        known_at: (n,) when the newest of its standing verdicts was known, seconds.
    """

    claim_ids: Array
    is_violating: Array
    amount_fen: Array
    draw_probability: Array
    is_random_draw: Array
    known_at: Array

    def __len__(self) -> int:
        """How many judged claims."""
        return len(self.claim_ids)


def read_verdicts(connection: psycopg.Connection) -> dict[str, Array]:
    """All verdicts of the store on claims, in the order in which they were known.

    Raises:
        NoVerdicts: the store holds no verdict on a claim.
    """
    verdicts = read_bulk(connection, VERDICTS, "WHERE t.claim_id IS NOT NULL ORDER BY t.known_at, t.verdict_id")
    if not len(verdicts["verdict_id"]):
        raise NoVerdicts(
            "The store holds no verdict on a claim, so there is nothing to learn from. Expected verdicts of reviewers. "
            "Import them (yicha import) or let reviewers judge cases of the queue first."
        )
    return verdicts


def count_lines(connection: psycopg.Connection) -> dict[str, int]:
    """How many lines each claim with a verdict on a single line has."""
    rows = connection.execute(
        "SELECT claim_id, count(*) FROM lines WHERE claim_id IN "
        "(SELECT claim_id FROM verdicts WHERE line_number IS NOT NULL) GROUP BY claim_id"
    ).fetchall()
    return {str(claim_id): int(count) for claim_id, count in rows}


def standing(verdicts: Columns, known_before: int) -> dict[str, Array]:
    """The verdicts known before a moment, without those that an appeal known by then replaced.

    Args:
        verdicts: columns of `VERDICTS`, m rows.
        known_before: seconds; a verdict known at that second or later does not exist yet.
    """
    known = take(verdicts, verdicts["known_at"] < known_before)
    replaced = {name for name in known["replaces_verdict_id"].tolist() if name is not None}
    return take(known, np.array([name not in replaced for name in known["verdict_id"].tolist()], dtype=np.bool_))


def label_claims(standing_verdicts: Columns, lines_of: Mapping[str, int]) -> ClaimLabels:
    """Labels from standing verdicts.

    A claim is negative when it was marked in order as a whole, or each of its lines was: one line in order says nothing
    about the others.

    Args:
        standing_verdicts: columns of `VERDICTS` on claims.
        lines_of: number of lines of each claim that has a verdict on a line (`count_lines`).
    """
    judged = take(standing_verdicts, standing_verdicts["finding"] != "not_judged")
    ids, row_of = np.unique(judged["claim_id"].astype(str), return_inverse=True)
    violating = judged["finding"] == VIOLATING
    is_violating = np.bincount(row_of, weights=violating, minlength=len(ids)) > 0
    is_judged = is_violating | _is_wholly_in_order(judged, row_of, ids, lines_of)
    amount = np.zeros(len(ids), dtype=np.int64)
    np.add.at(amount, row_of, np.where(violating, judged["amount_fen"], 0))
    random = judged["drawn_by"] == "random"
    led = np.bincount(row_of, weights=~random, minlength=len(ids)) > 0
    known_at = np.full(len(ids), MISSING, dtype=np.int64)
    np.maximum.at(known_at, row_of, judged["known_at"])
    columns = (ids.astype(object), is_violating, amount, _draw_probability(judged, row_of, led), ~led, known_at)
    return ClaimLabels(*(column[is_judged] for column in columns))


def _is_wholly_in_order(judged: Columns, row_of: Array, ids: Array, lines_of: Mapping[str, int]) -> Array:
    in_order = judged["finding"] == IN_ORDER
    whole = judged["line_number"] == MISSING
    as_a_whole = np.bincount(row_of, weights=in_order & whole, minlength=len(ids)) > 0
    pairs = np.unique(np.stack([row_of, judged["line_number"]], axis=1)[in_order & ~whole], axis=0)
    lines_in_order = np.bincount(pairs[:, 0].astype(np.int64), minlength=len(ids))
    lines = np.array([lines_of.get(name, 0) for name in ids.tolist()], dtype=np.int64)
    return np.asarray(as_a_whole | ((lines > 0) & (lines_in_order >= lines)))


def _draw_probability(judged: Columns, row_of: Array, led: Array) -> Array:
    recorded = judged["draw_probability_e4"]
    drawn = (judged["drawn_by"] == "random") & (recorded != MISSING) & (recorded > 0)
    probability = np.ones(len(led))
    probability[row_of[drawn]] = recorded[drawn] / QUANTITY_UNIT
    return np.where(led, 1.0, probability)
