"""Claims of a period as data frames: what a claim model reads, and what else is known of the same claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg
import pyarrow.compute as pc

from claims.errors import NotEnoughData
from claims.settings import Settings
from scoring.rule_columns import RULE_COLUMNS
from training.claim_data import END_OF_TIME, align, ask_rules, read_claim_table, read_labels_at
from training.rule_ranking import rank_by_rules


@dataclass(frozen=True)
class ClaimFrames:
    """n settlements in recorded order; claim ids are the index of both frames.

    Attributes:
        seen: (n, k + 4) all that a claim model reads: the features of the build, then what rules found.
        known: `settled_at` (seconds), `patient_id`, `total_fen`, `rules` (how rules alone rank the claim), `label`
            (1 violating, 0 in order, -1 unlabelled) and `found_fen` (money found violating, 0 where none).
    """

    seen: pd.DataFrame
    known: pd.DataFrame


def read_frames(
    connection: psycopg.Connection, settings: Settings, begin: int, end: int, known_before: int = END_OF_TIME
) -> ClaimFrames:
    """Read the settlements of a period; rules are asked about each of them, which takes most of the time.

    Args:
        connection: a notebook's view or any other that reads the store.
        settings: where the data folder is.
        begin: seconds; settlements with `settled_at` in [begin, end).
        end: seconds.
        known_before: verdicts known later do not count.

    Raises:
        NotBuilt: the features are not built, or not from this store.
        NotEnoughData: nothing was settled in the period, or the store holds no verdict.
    """
    settled_at = pc.field("settled_at")
    table = read_claim_table(connection, settings, (settled_at >= begin) & (settled_at < end))
    if not len(table.claim_ids):
        raise NotEnoughData(
            "The feature build holds no settlement of this period. Expected some. Choose another period, or run "
            "yicha features build."
        )
    rows = np.arange(len(table.claim_ids))
    table = ask_rules(connection, table, rows)
    labels = align(read_labels_at(connection, known_before), table.claim_ids)
    names = [*table.names, *(column.name for column in RULE_COLUMNS)]
    known = {
        "settled_at": table.settled_at,
        "patient_id": table.patient_ids,
        "total_fen": table.total_fen,
        "rules": rank_by_rules(table.of_rules),
        "label": labels.label,
        "found_fen": labels.amount_fen,
    }
    return ClaimFrames(
        pd.DataFrame(table.read_by_trees(rows), index=table.claim_ids, columns=names),
        pd.DataFrame(known, index=table.claim_ids),
    )
