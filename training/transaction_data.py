"""Plain transactions with their columns and labels, cut by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psycopg

from claims.errors import NotBuilt
from claims.tables import Array
from features.batch import read_rows
from features.compute import compute_rows
from features.rows import Rows
from features.transactions import TRANSACTION_FEATURES
from training.claim_data import END_OF_TIME, align, read_labels_at
from training.split import require_both

TEST_SHARE = 0.4
"""The newest 40% of the labelled transactions are tested."""

VALIDATION_SHARE = 0.2
"""The newest fifth of the labelled training transactions makes every choice."""


@dataclass(frozen=True)
class TransactionTable:
    """n settlements in recorded order, labelled or not.

    Attributes:
        rows: the frame that the columns were computed from.
        matrix: (n, k) float64, the columns of `TRANSACTION_FEATURES`.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        patient_ids: (n,) the subjects of the bootstrap.
        settled_at: (n,) seconds.
        claim_ids: (n,) text.
    """

    rows: Rows
    matrix: Array
    label: Array
    patient_ids: Array
    settled_at: Array
    claim_ids: Array


@dataclass(frozen=True)
class Parts:
    """Row numbers of labelled transactions, each part later than the one before."""

    train: Array
    validation: Array
    test: Array

    @property
    def learning(self) -> Array:
        """Training and validation together: what the tested model is fitted on."""
        return np.concatenate([self.train, self.validation])


def read_transactions(connection: psycopg.Connection) -> TransactionTable:
    """All settlements of the store; an unlabelled one counts in the past of the others and nowhere else.

    Raises:
        NotBuilt: the store holds no claims.
        NotEnoughData: the store holds no verdict.
    """
    rows = read_rows(connection)
    if not len(rows.at):
        raise NotBuilt("The store holds no claims. Expected imported transactions. Run `yicha import` first.")
    settled = np.flatnonzero(rows.is_settlement)
    claims = {name: rows.claims[name][settled] for name in ("claim_id", "patient_id", "settled_at")}
    labels = align(read_labels_at(connection, END_OF_TIME), claims["claim_id"])
    matrix = compute_rows(TRANSACTION_FEATURES, rows)[settled]
    return TransactionTable(rows, matrix, labels.label, claims["patient_id"], claims["settled_at"], claims["claim_id"])


def cut_by_time(settled_at: Array, label: Array) -> Parts:
    """Training, validation and test of the labelled rows; a moment lies in one part only.

    Args:
        settled_at: (n,) seconds.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.

    Raises:
        NotEnoughData: a part lacks one of the two classes.
    """
    labelled = np.flatnonzero(label >= 0)
    labelled = labelled[np.argsort(settled_at[labelled], kind="stable")]
    learning, test = _older_and_newer(labelled, settled_at, TEST_SHARE)
    train, validation = _older_and_newer(learning, settled_at, VALIDATION_SHARE)
    for part, name in ((train, "training"), (validation, "validation"), (test, "test")):
        require_both(label[part], name)
    return Parts(train, validation, test)


def _older_and_newer(rows: Array, settled_at: Array, newer_share: float) -> tuple[Array, Array]:
    if not len(rows):
        return rows, rows
    begin = settled_at[rows[min(int(len(rows) * (1 - newer_share)), len(rows) - 1)]]
    is_newer = settled_at[rows] >= begin
    return rows[~is_newer], rows[is_newer]
