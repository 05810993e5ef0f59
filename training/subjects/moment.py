"""The columns of subjects at one moment, from the same kernel as those of claims.

Each subject asks by a claim that nobody settled: of this subject, at this moment, after everything known before it.
What a settlement of that second would read of the subject's past is therefore what the row holds, by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from claims.batch import ClaimBatch, empty_batch, select
from claims.context import Context
from claims.tables import CLAIMS, MISSING, SETTLEMENT, Array, Columns, Kind
from features.compute import compute_rows
from features.context import NEWEST
from features.rows import gather
from graphs.columns import NodeChanges
from training.subjects.declared import declared_of
from training.subjects.distribution import distributions
from training.subjects.kinds import ID_COLUMN
from training.subjects.kinds import Kind as SubjectKind

BENEFIT = "general_outpatient"
"""A claim must name one; no column of a subject reads it."""


def columns_at(kind: SubjectKind, ids: Array, moment: int, context: Context, nodes: Mapping[str, NodeChanges]) -> Array:
    """The columns of subjects at a moment.

    Args:
        kind: what the subjects are.
        ids: (n,) text, each once.
        moment: seconds; claims, verdicts and snapshots known from then on change nothing.
        context: its history holds all claims of these subjects of the longest window; it may hold others and later
            ones.
        nodes: link and ring columns by node kind.

    Returns:
        (n, k) float64 in the order of `columns_of(kind)`.
    """
    known = select(context.history, np.flatnonzero(context.history.claims["known_at"] < moment))
    asking = _asking(kind, ids, moment, known.claims)
    rows = gather(asking, [known], replace(context, history=known))
    return np.hstack([compute_rows(declared_of(kind), rows, None, nodes), distributions(kind, rows)])


def _asking(kind: SubjectKind, ids: Array, moment: int, like: Columns) -> ClaimBatch:
    """One claim a subject, with the columns of `like`; all of one order, so that none is in another's past."""
    said: dict[str, object] = {
        "kind": SETTLEMENT,
        "benefit_kind": BENEFIT,
        "recorded_order": NEWEST,
        **dict.fromkeys(("served_at", "settled_at", "known_at"), moment),
        **dict.fromkeys(("total_fen", "fund_fen", "account_fen"), 0),
    }
    columns: dict[str, Array] = {}
    for column in CLAIMS.columns:
        if column.name in like:
            empty = None if column.kind is Kind.TEXT else False if column.kind is Kind.FLAG else MISSING
            columns[column.name] = np.full(len(ids), said.get(column.name, empty), dtype=column.kind.array_type)
    columns["claim_id"] = np.array([f"{kind} {name} at {moment}" for name in ids.tolist()], dtype=object)
    columns[ID_COLUMN[kind]] = np.asarray(ids, dtype=object)
    return replace(empty_batch(), claims=columns)
