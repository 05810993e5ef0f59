"""What rules found in claims long settled: columns for the model, and how rules alone would rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import psycopg

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from claims.tables import Array
from features.past_context import read_with_past
from rules.run import run_rules
from scoring.rule_columns import RULE_COLUMNS, rule_columns

POINTS = np.array([100.0, 10.0, 1.0])
"""Of a definite, a highly and a slightly suspicious finding: one of a higher grade outranks several of a lower one."""

CHUNK = 50_000
"""Claims whose patients' past is read together: about a gigabyte of columns."""


def rule_columns_of(connection: psycopg.Connection, claim_ids: Array, settled_at: Array) -> Array:
    """The columns of `scoring.rule_columns` for stored claims, by the rules that act now, each judged on its own day.

    Args:
        connection: an open connection.
        claim_ids: (n,) the claims.
        settled_at: (n,) theirs, seconds.

    Returns:
        (n, 4) float64.
    """
    columns = np.zeros((len(claim_ids), len(RULE_COLUMNS)))
    active = asked_in(states_of(connection)).active
    for start in range(0, len(claim_ids), CHUNK):
        asked = claim_ids[start : start + CHUNK]
        batch, context = read_with_past(connection, asked, settled_at[start : start + CHUNK])
        of_batch = rule_columns(len(batch), run_rules(batch, context, active).hits)
        at = pd.Index(batch.claims["claim_id"]).get_indexer(pd.Index(asked))
        columns[start : start + CHUNK] = np.where((at >= 0)[:, None], of_batch[at], 0.0)
    return columns


def rank_by_rules(columns: Array) -> Array:
    """How rules alone rank claims (n,), by their columns (n, 4): the yardstick that a model has to beat."""
    return np.asarray(columns[:, : len(POINTS)] @ POINTS)
