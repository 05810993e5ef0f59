"""What one training run works on: rows of the feature build, labels at the cut-off and now, and the capacity."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import psycopg

from claims.errors import NoVerdicts
from claims.settings import Settings
from training.claim_data import (
    END_OF_TIME,
    AlignedLabels,
    ClaimTable,
    align,
    ask_rules,
    read_claim_table,
    read_labels_at,
)
from training.claim_model import ClaimPlan, reviewers_pace
from training.label_checks import refuse_bad_labels
from training.split import Split, default_cutoff, split


@dataclass(frozen=True)
class ClaimWork:
    """What the steps hand on: data, labels at the cut-off and now, rows, capacity."""

    table: ClaimTable
    then: AlignedLabels
    now: AlignedLabels
    parts: Split
    per_day: int
    plan: ClaimPlan


def prepare(connection: psycopg.Connection, settings: Settings, plan: ClaimPlan) -> ClaimWork:
    """Read what one run learns from and is judged on.

    Raises:
        NotBuilt: the features are not built.
        NoVerdicts: none stands on a settlement of the build.
        NotEnoughData: verdicts that cannot be right, or one class only in training, validation or test.
    """
    table = read_claim_table(connection, settings)
    now = align(read_labels_at(connection, END_OF_TIME), table.claim_ids)
    judged = now.label >= 0
    if not judged.any():
        raise NoVerdicts(
            "No settlement of the feature build has a standing verdict. Expected verdicts on settlements. Import "
            "verdicts, or run yicha features build after importing claims."
        )
    refuse_bad_labels(connection, table.claim_ids, int(time.time()))
    cutoff = plan.cutoff
    if cutoff is None:
        cutoff = default_cutoff(table.settled_at[judged], now.label[judged])
    labels = read_labels_at(connection, cutoff)
    then = align(labels, table.claim_ids)
    until = plan.test_until if plan.test_until is not None else int(table.settled_at.max()) + 1
    parts = split(table.settled_at, then.label, now.label, cutoff, until, plan.label_delay_days)
    per_day = plan.per_day if plan.per_day is not None else reviewers_pace(labels, cutoff)
    rows = np.unique(np.r_[parts.train, parts.validation, parts.validation_window, parts.test_window])
    table = ask_rules(connection, table, rows)
    return ClaimWork(table, then, now, parts, per_day, plan)
