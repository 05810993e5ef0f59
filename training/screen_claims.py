"""Screens the settlements of a past period with the judge of the service: decisions and cases, in bounded memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow.compute as pc

from audit.answers import Versions, answers_of
from audit.cases import open_cases
from audit.ledger import record_decisions
from audit.life.asked import Asked, asked_now
from audit.life.ledger import record_declarations
from claims.batch import ClaimBatch
from claims.context import Context
from claims.errors import Conflict, NotBuilt, NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set
from features.matrix import newest_build, read_matrix
from features.past_context import read_with_past
from graphs.newest import snapshots_at
from rules.frame import AFTER
from scoring.bundle import Bundle, require_feature_set
from scoring.judge import judge
from training.champions import open_champion

CHUNK = 5_000
"""Claims judged and committed together: about a hundred megabytes of history; a crash loses some seconds' work."""

SETTLED_IN = "t.kind = 'settlement' AND t.settled_at >= to_timestamp({begin}) AND t.settled_at < to_timestamp({end})"
UNDECIDED = "NOT EXISTS (SELECT 1 FROM decisions d WHERE d.claim_id = t.claim_id)"


@dataclass
class Screened:
    """Counts of one screening.

    Attributes:
        decided: claims decided now.
        skipped: claims of the period that had a decision already.
        actions: how many got which action.
        opened, extended: cases made, and open cases that got evidence.
        alerts: alerts handed to the queue.
    """

    decided: int = 0
    skipped: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    extended: int = 0
    alerts: int = 0


def screen_claims(
    connection: psycopg.Connection,
    settings: Settings,
    begin: int,
    end: int,
    progress: Callable[[int, int], None] | None = None,
) -> Screened:
    """Decide the settlements of a period that have no decision yet; each chunk is one transaction.

    Args:
        connection: an open connection without a transaction of the caller's.
        settings: where the data folder is.
        begin: seconds; settlements with `settled_at` in [begin, end).
        end: seconds.
        progress: told (done, of all) after each chunk.

    Raises:
        NoChampion: no claim model was promoted.
        NotBuilt: features are not built, or older than the claims of the period.
        BadBundle: the champion reads other features than those built.
        NotEnoughData: nothing was settled in the period.
        Conflict: another screening of claims is running.
    """
    _be_the_only_one(connection)
    promotion, bundle = open_champion(connection, settings, "claim")
    require_feature_set(bundle, feature_set())
    in_period = (pc.field("settled_at") >= int(begin)) & (pc.field("settled_at") < int(end))
    _, claim_ids, _, settled_at, matrix = read_matrix(newest_build(connection, settings), keep=in_period)
    period = SETTLED_IN.format(begin=int(begin), end=int(end))
    open_ids = np.array(
        _column(
            connection, f"SELECT t.claim_id FROM claims t WHERE {period} AND {UNDECIDED} ORDER BY t.recorded_order"
        ),
        dtype=object,
    )
    everything = int(_column(connection, f"SELECT count(*) FROM claims t WHERE {period}")[0])
    if not everything:
        raise NotEnoughData(
            "No settlement lies in this period. Expected settled claims between --from and --to. Choose another period."
        )
    result = Screened(skipped=everything - len(open_ids))
    rows = _rows(pd.Index(claim_ids), open_ids)
    record_declarations(connection)
    asked = asked_now(connection)
    connection.commit()
    for start in range(0, len(open_ids), CHUNK):
        part = slice(start, start + CHUNK)
        batch, context = read_with_past(connection, open_ids[part], settled_at[rows[part]])
        snapshots = snapshots_at(connection, batch.claims["known_at"])
        versions = Versions(promotion.bundle_fingerprint, bundle.feature_set, snapshots, asked.fingerprint)
        _decide(connection, batch, context, matrix[rows[part]], bundle, versions, asked, result)
        connection.commit()
        if progress:
            progress(min(start + CHUNK, len(open_ids)), len(open_ids))
    return result


def _be_the_only_one(connection: psycopg.Connection) -> None:
    """Two screenings would decide the same claims; the lock goes with the connection."""
    if not _column(connection, "SELECT pg_try_advisory_lock(hashtext('yicha score'))")[0]:
        raise Conflict(
            "Another screening of claims is running on this store. Expected one at a time. Wait until it has ended; "
            "what it decided is then skipped."
        )


def _decide(
    connection: psycopg.Connection,
    batch: ClaimBatch,
    context: Context,
    matrix: Array,
    bundle: Bundle,
    versions: Versions,
    asked: Asked,
    result: Screened,
) -> None:
    started = time.perf_counter_ns()
    paid = asked.at(AFTER)
    judgement = judge(batch, context, matrix, bundle, already_paid=True, rules=paid.active, shadow=paid.shadow)
    cases = open_cases(connection, judgement.alerts)
    answers = answers_of(batch, judgement, cases.case_of_claim, versions)
    latency = (time.perf_counter_ns() - started) // 1_000 // max(len(batch), 1)
    record_decisions(
        connection,
        batch,
        judgement,
        matrix,
        versions.bundle_fingerprint,
        versions.snapshot_ids,
        answers,
        is_batch=True,
        latency=latency,
        rule_set=versions.rule_set,
    )
    result.decided += len(batch)
    result.actions.update(judgement.claim_action.tolist())
    result.opened += cases.opened
    result.extended += cases.extended
    result.alerts += len(judgement.alerts)


def _rows(known: pd.Index, claim_ids: Array) -> Array:
    at = known.get_indexer(pd.Index(claim_ids))
    if (at < 0).any():
        raise NotBuilt(
            f"{int((at < 0).sum())} settlements of the period came after the features were built. Expected features of "
            "all of them. Run yicha features build, then score again; what is decided stays decided."
        )
    return np.asarray(at)


def _column(connection: psycopg.Connection, query: str) -> list[Any]:
    return [row[0] for row in connection.execute(query).fetchall()]
