"""What serves beside the rules before the first verdict: an isolation forest over all claims, and no trees."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from claims.clock import DAY, to_moment
from claims.errors import NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import FEATURES, feature_set
from graphs.group import RING_SCORE_LEAST
from scoring.alerts import ANOMALY_PRIOR
from scoring.bundle import Bundle, BundleFeature, save_bundle
from scoring.knots import Knots
from training.calibrate import fit_quantiles
from training.capacity import REVIEWS_PER_DAY, threshold_for
from training.claim_data import ClaimTable, data_fingerprint, read_claim_table
from training.claim_model import ANOMALY_SHARE, PACE_DAYS, ClaimPlan
from training.fit import FOREST_SAMPLES, FOREST_TREES
from training.oddness import grow
from training.track import RunRecord, log_run, open_client, store_of

NEVER = 1.0
"""No probability reaches it: without verdicts nothing is sent to review for one."""

CARD = """# Isolation forest over claims, without a verdict

No verdict on a claim is in the store, so nothing was learned from reviewers: this bundle holds no trees and gives no
probability. Its isolation forest ({trees} trees, seed {seed}) saw {claims} settlements before {until}, and says which
claims are unlike all others. It may send a claim to a person; it never refuses, suspends or docks. Rules speak beside
it.

The {share:.2%} oddest of the claims of the last {days} days would have gone to reviewers: {per_day:g} a day. Until
verdicts say more, {prior:.0%} of such claims are taken to be violating, which gives them their place in the queue.

Nobody knows yet how good it is: let reviewers judge its cases and the random draws, then run yicha train again.
"""


@dataclass(frozen=True)
class TrainedForest:
    """What one run made: the run's id, the version of the registered model, and over how many claims."""

    run_id: str
    version: str
    claims: int


def train_forest(
    connection: psycopg.Connection, settings: Settings, plan: ClaimPlan, say: Callable[[str], None] = lambda _: None
) -> TrainedForest:
    """Grow the forest and register it.

    Args:
        connection: an open connection; nothing is written to the store.
        settings: where MLflow and the data folder are.
        plan: cut-off, capacity and seed.
        say: told the name of each step that begins.

    Raises:
        NotBuilt: the features are not built.
        NotEnoughData: too few settlements.
        BadSetting: MLflow is away; nothing is registered.
    """
    say("no verdict: reading features for an isolation forest")
    table = read_claim_table(connection, settings)
    until = plan.cutoff if plan.cutoff is not None else int(table.settled_at.max(initial=0)) + 1
    window = np.flatnonzero(table.settled_at < until)
    if len(window) < FOREST_SAMPLES:
        raise NotEnoughData(
            f"The store holds no verdict on a claim, and its {len(window)} settlements are too few for an isolation "
            f"forest. Expected verdicts of reviewers, or at least {FOREST_SAMPLES} settlements. Import them (yicha "
            "import) and run yicha features build."
        )
    open_client(settings)
    say("growing the forest")
    per_day = (plan.per_day or REVIEWS_PER_DAY) * ANOMALY_SHARE
    bundle = forest_bundle(table, window, until, per_day, plan.seed)
    say("writing bundle and run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fingerprint = save_bundle(bundle, folder / "bundle")
        card = folder / "model_card.md"
        share = 1 - bundle.review_anomaly
        says = {"trees": FOREST_TREES, "seed": plan.seed, "claims": len(window), "until": to_moment(until).date()}
        says |= {"share": share, "days": PACE_DAYS, "per_day": per_day, "prior": ANOMALY_PRIOR}
        card.write_text(CARD.format(**says), encoding="utf-8")
        seen = data_fingerprint(table.claim_ids[window], np.full(len(window), -1), table.matrix[window])
        parameters = {
            "trained_until": until,
            "per_day": per_day,
            "seed": plan.seed,
            "forest_trees": FOREST_TREES,
            "feature_set": feature_set(),
            "data_fingerprint": seen,
        }
        tags = {"bundle_fingerprint": fingerprint, "data_fingerprint": seen, "store": store_of(connection)}
        tags |= {"learned_from": "no verdict"}
        record = RunRecord("claim", parameters, {"window_rows": len(window)}, folder / "bundle", (card,), tags)
        run_id, version = log_run(settings, record)
    return TrainedForest(run_id, version, len(window))


def forest_bundle(table: ClaimTable, window: Array, until: int, per_day: float, seed: int) -> Bundle:
    """The bundle of a forest alone.

    Args:
        table: n settlements.
        window: rows that the forest may see.
        until: seconds; the end of the window.
        per_day: claims of an average day that may go to reviewers.
        seed: same seed, same rows, same forest.
    """
    forest = grow(table.matrix, window, seed)
    recent = window[table.settled_at[window] >= table.settled_at[window].max() - PACE_DAYS * DAY]
    odd = forest.score(table.matrix[recent])
    knots = fit_quantiles(odd)
    typical = np.median(table.matrix[window], axis=0)
    return Bundle(
        subject="claim",
        features=tuple(
            BundleFeature(feature.name, feature.unit, feature.says_zh, feature.says_en, float(median))
            for feature, median in zip(FEATURES, typical, strict=True)
        ),
        feature_set=feature_set(),
        model_text="",
        forest=forest,
        probability_knots=Knots(np.zeros(1), np.full(1, ANOMALY_PRIOR)),
        anomaly_knots=knots,
        review_probability=NEVER,
        review_anomaly=float(knots.at(np.array([threshold_for(odd, table.settled_at[recent], per_day)]))[0]),
        review_ring_score=RING_SCORE_LEAST,
        trained_until=until,
    )
