"""Brings together what the claim model learns from: feature columns, labels as known at two moments, and money."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import psycopg
import pyarrow.compute as pc

from claims.errors import NotBuilt
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import FEATURES
from features.matrix import newest_build, read_matrix
from scoring.rule_columns import RULE_COLUMNS
from training.labels import ClaimLabels, count_lines, label_claims, read_verdicts, standing
from training.rule_ranking import rule_columns_of

END_OF_TIME = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class ClaimTable:
    """n settlements in `recorded_order`.

    Attributes:
        names: k feature names.
        matrix: (n, k) float64.
        claim_ids, recorded_order, settled_at: (n,) of the settlements.
        patient_ids: (n,) the subjects of the bootstrap.
        total_fen: (n,) fee of the claim, for the ranking by amount.
        of_rules: (n, 4) what rules found, see `scoring.rule_columns`; not a number where they were not asked.
    """

    names: tuple[str, ...]
    matrix: Array
    claim_ids: Array
    recorded_order: Array
    settled_at: Array
    patient_ids: Array
    total_fen: Array
    of_rules: Array

    def read_by_trees(self, rows: Array) -> Array:
        """(r, k + 4) the features and the columns of rules of some rows."""
        return np.column_stack([self.matrix[rows], self.of_rules[rows]])


@dataclass(frozen=True)
class AlignedLabels:
    """Labels laid beside the rows of a `ClaimTable`.

    Attributes:
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        amount_fen: (n,) money found violating, 0 where none.
        draw_probability: (n,) 1.0 where no random draw led there.
        is_random_draw: (n,) judged because it was drawn at random.
    """

    label: Array
    amount_fen: Array
    draw_probability: Array
    is_random_draw: Array


def read_claim_table(
    connection: psycopg.Connection, settings: Settings, keep: pc.Expression | None = None
) -> ClaimTable:
    """The settlements that the newest feature build holds, under the names that the connection sees.

    Args:
        connection: the owner's, the service's or a notebook's (`claims.store.view`).
        settings: where the data folder is.
        keep: which settlements, as in `read_matrix`; all by default.

    Raises:
        NotBuilt: the features are not built, lack a column, or the store does not hold the claims that they were built
            from.
    """
    names, _, recorded_order, settled_at, matrix = read_matrix(newest_build(connection, settings), keep=keep)
    if names != tuple(feature.name for feature in FEATURES):
        lacking = [feature.name for feature in FEATURES if feature.name not in names]
        raise NotBuilt(
            f"The feature build lacks {len(lacking)} of {len(FEATURES)} columns, or has them in another order"
            f"{f' (such as {lacking[0]})' if lacking else ''}. Expected all in the order of yicha features list. Run "
            "yicha features build again."
        )
    first, last = (int(recorded_order[place]) for place in (0, -1)) if len(recorded_order) else (0, 0)
    rows = connection.execute(
        "SELECT recorded_order, claim_id, patient_id, total_fen FROM claims"
        " WHERE kind = 'settlement' AND recorded_order BETWEEN %s AND %s",
        [first, last],
    ).fetchall()
    known = pd.DataFrame(rows, columns=["recorded_order", "claim_id", "patient_id", "total_fen"])
    at = pd.Index(known["recorded_order"]).get_indexer(pd.Index(recorded_order))
    if (at < 0).any():
        raise NotBuilt(
            f"{int((at < 0).sum())} claims of the feature build are not in the store. Expected features built from "
            "this store. Run yicha features build again."
        )
    return ClaimTable(
        tuple(names),
        matrix,
        known["claim_id"].to_numpy(dtype=object)[at],
        recorded_order,
        settled_at,
        known["patient_id"].to_numpy(dtype=object)[at],
        known["total_fen"].to_numpy(dtype=np.int64)[at],
        np.full((len(at), len(RULE_COLUMNS)), np.nan),
    )


def claims_numbered(connection: psycopg.Connection, recorded_order: Array) -> Array:
    """The ids (n,) of claims by their orders (n,), as the connection sees them."""
    rows = connection.execute(
        "SELECT recorded_order, claim_id FROM claims WHERE recorded_order = ANY(%s)", [recorded_order.tolist()]
    )
    named: dict[int, str] = dict(rows.fetchall())
    return np.array([named.get(order) for order in recorded_order.tolist()], dtype=object)


def ask_rules(connection: psycopg.Connection, table: ClaimTable, rows: Array) -> ClaimTable:
    """The table with the columns of rules filled in some rows."""
    of_rules = table.of_rules.copy()
    of_rules[rows] = rule_columns_of(connection, table.claim_ids[rows], table.settled_at[rows])
    return replace(table, of_rules=of_rules)


def align(labels: ClaimLabels, claim_ids: Array) -> AlignedLabels:
    """Lay labels beside claims; a claim without one is unlabelled, never negative."""
    at = pd.Index(labels.claim_ids).get_indexer(pd.Index(claim_ids)) if len(labels) else np.full(len(claim_ids), -1)
    found = at >= 0
    result = AlignedLabels(
        np.full(len(at), -1, dtype=np.int64),
        np.zeros(len(at), dtype=np.int64),
        np.ones(len(at)),
        np.zeros(len(at), dtype=np.bool_),
    )
    result.label[found] = labels.is_violating[at[found]]
    result.amount_fen[found] = labels.amount_fen[at[found]]
    result.draw_probability[found] = labels.draw_probability[at[found]]
    result.is_random_draw[found] = labels.is_random_draw[at[found]]
    return result


def read_labels_at(connection: psycopg.Connection, known_before: int) -> ClaimLabels:
    """The labels as they stood at a moment, or now (`END_OF_TIME`).

    Raises:
        NoVerdicts: the store holds no verdict at all.
    """
    return label_claims(standing(read_verdicts(connection), known_before), count_lines(connection))


def data_fingerprint(ids: Array, labels: Array, matrix: Array) -> str:
    """SHA-256 over the label ids, the labels and the matrix bytes: equal data, equal fingerprint."""
    digest = hashlib.sha256("\n".join(ids.tolist()).encode())
    digest.update(np.ascontiguousarray(labels, dtype=np.int64).tobytes())
    digest.update(np.ascontiguousarray(matrix, dtype=np.float64).tobytes())
    return digest.hexdigest()
