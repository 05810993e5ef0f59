"""One row a labelled institution: its own totals, its links to others, and nothing of any label."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.errors import NotEnoughData
from claims.store.columns import read_batch, read_bulk
from claims.tables import PATIENTS, Array, Columns
from graphs.institutions import OWN_NAMES, institution_link_columns
from training.institution_columns import OWN_COLUMNS, own_columns
from training.institution_facts import gather
from training.institution_geography import geography
from training.institution_link_words import ColumnWords, link_words

COUNTED_HERE = {f"institution_{name}" for name in OWN_NAMES}
"""Columns of the link table that are totals of the institution itself, which `OWN_COLUMNS` already has."""


@dataclass(frozen=True)
class InstitutionTable:
    """g institutions.

    Attributes:
        ids: (g,) text, sorted.
        columns: k column words; the first `own` are the institution's own totals, the others its links.
        matrix: (g, k) float64; a row of zeros where an institution has no claims.
        own: how many columns are its own.
        has_claims: (g,) whether the store holds a settlement of it.
        until: the newest settlement, seconds.
        geography: (g, 5) columns that the model does not read; see `training.institution_geography`.
    """

    ids: Array
    columns: tuple[ColumnWords, ...]
    matrix: Array
    own: int
    has_claims: Array
    until: int
    geography: Array

    @property
    def fingerprint(self) -> str:
        """A short text that changes when the list of columns or one's unit does."""
        words = "\n".join(f"{column.name}|{column.unit}" for column in self.columns)
        return hashlib.sha256(words.encode()).hexdigest()[:16]

    @property
    def naive(self) -> Array:
        """(g,) the ranking by total reimbursement, fen."""
        names = [column.name for column in self.columns]
        return np.asarray(self.matrix[:, names.index("institution_fund_fen")])

    def rows_of(self, ids: Array) -> InstitutionTable:
        """The same columns for other institutions; those that are not in the table get zeros."""
        row_of = {name: row for row, name in enumerate(self.ids.tolist())}
        rows = np.array([row_of.get(name, -1) for name in ids.tolist()], dtype=np.int64)
        known = rows >= 0
        matrix, geography = (np.where(known[:, None], part[rows], 0.0) for part in (self.matrix, self.geography))
        has_claims = known & self.has_claims[rows]
        return InstitutionTable(ids, self.columns, matrix, self.own, has_claims, self.until, geography)


def read_institutions(connection: psycopg.Connection) -> InstitutionTable:
    """The table of all institutions with claims in the store.

    Raises:
        NotEnoughData: the store holds no claim.
    """
    batch = read_batch(connection)
    if not len(batch):
        raise NotEnoughData(
            "The store holds no claim, so institutions have no columns. Expected claims. "
            "Import them first (yicha import)."
        )
    return make_table(batch, read_bulk(connection, PATIENTS))


def make_table(batch: ClaimBatch, patients: Columns) -> InstitutionTable:
    """The table of all institutions that a batch of claims names."""
    facts = gather(batch, patients)
    linked_ids, names, linked = institution_link_columns(facts.claims)
    row_of = {name: row for row, name in enumerate(linked_ids.tolist())}
    rows = np.array([row_of.get(name, -1) for name in facts.ids.tolist()], dtype=np.int64)
    kept = [at for at, name in enumerate(names) if name not in COUNTED_HERE]
    links = np.where((rows >= 0)[:, None], linked[rows][:, kept], 0.0)
    own = tuple(ColumnWords(column.name, column.unit, column.says_zh, column.says_en) for column in OWN_COLUMNS)
    return InstitutionTable(
        facts.ids,
        own + link_words([names[at] for at in kept]),
        np.hstack([own_columns(facts), links]),
        len(own),
        np.ones(len(facts.ids), dtype=np.bool_),
        int(facts.claims["settled_at"].max()),
        geography(facts),
    )
