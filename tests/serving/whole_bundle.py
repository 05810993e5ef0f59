"""A bundle over all features, for tests that need one which fits."""

from __future__ import annotations

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from claims.tables import Array
from features.catalogue import FEATURES, feature_set
from scoring.bundle import Bundle, BundleFeature
from scoring.knots import Knots
from training.forest_export import export_forest


def bundle_of(names: tuple[str, ...], matrix: Array) -> Bundle:
    """A bundle over all features that finds large and frequent claims; what it finds does not matter here."""
    wanted = matrix[:, names.index("claim_amount")]
    parameters = {"objective": "binary", "num_leaves": 7, "verbose": -1, "seed": 1, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, wanted > np.quantile(wanted, 0.9)), 15)
    forest = IsolationForest(n_estimators=20, random_state=1).fit(matrix)
    ranks = np.unique(np.quantile(-forest.score_samples(matrix), np.linspace(0, 1, 21)))
    return Bundle(
        subject="claim",
        features=tuple(BundleFeature(each.name, each.unit, each.says_zh, each.says_en, 1.0) for each in FEATURES),
        feature_set=feature_set(),
        model_text=booster.model_to_string(),
        forest=export_forest(forest),
        probability_knots=Knots(np.array([-4.0, 0.0, 4.0]), np.array([0.01, 0.4, 0.97])),
        anomaly_knots=Knots(ranks, np.linspace(0, 1, len(ranks))),
        review_probability=0.6,
        review_anomaly=0.97,
        review_ring_score=0.4,
        trained_until=0,
    )
