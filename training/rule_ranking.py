"""How rules alone would rank claims: the yardstick that a model has to beat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import psycopg

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from claims.tables import Array
from features.past_context import read_with_past
from rules.run import run_rules

GRADE_POINTS = {"definite": 100.0, "highly_suspicious": 10.0, "slightly_suspicious": 1.0}
"""One hit of a higher grade outranks several of a lower one."""

CHUNK = 50_000
"""Claims whose patients' past is read together: about a gigabyte of columns."""


def rank_by_rules(connection: psycopg.Connection, claim_ids: Array, settled_at: Array) -> Array:
    """The summed grades of the rule hits of each claim; 0 where no rule hits.

    Args:
        connection: an open connection.
        claim_ids: (n,) the claims.
        settled_at: (n,) theirs, seconds.

    Returns:
        (n,) float64.
    """
    points = np.zeros(len(claim_ids))
    active = asked_in(states_of(connection)).active
    for start in range(0, len(claim_ids), CHUNK):
        asked = claim_ids[start : start + CHUNK]
        batch, context = read_with_past(connection, asked, settled_at[start : start + CHUNK])
        of_batch = np.zeros(len(batch))
        for hit in run_rules(batch, context, active).hits:
            of_batch[hit.claim_row] += GRADE_POINTS[str(hit.grade)]
        at = pd.Index(batch.claims["claim_id"]).get_indexer(pd.Index(asked))
        points[start : start + CHUNK] = np.where(at >= 0, of_batch[at], 0.0)
    return points
