"""Puts fitted models into the bundle that scoring reads: text, arrays and words, no code."""

from __future__ import annotations

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from features.catalogue import FEATURES, feature_set
from graphs.group import RING_SCORE_LEAST
from scoring.bundle import Bundle, BundleFeature
from scoring.knots import Knots
from scoring.rule_columns import RULE_COLUMNS
from training.calibrate import fit_quantiles
from training.claim_data import ClaimTable
from training.claim_model import ClaimModel
from training.forest_export import export_forest
from training.institution_table import InstitutionTable
from training.split import Split
from training.track import LABELLED


def claim_bundle(table: ClaimTable, model: ClaimModel, parts: Split) -> Bundle:
    """The bundle of a claim model; typical values are the medians over all claims before the cut-off."""
    typical = np.median(table.matrix[parts.window], axis=0)
    return Bundle(
        subject="claim",
        features=tuple(
            BundleFeature(feature.name, feature.unit, feature.says_zh, feature.says_en, float(median))
            for feature, median in zip(FEATURES, typical, strict=True)
        )
        + RULE_COLUMNS,
        feature_set=feature_set(),
        model_text=model.trees.booster.model_to_string(),
        forest=model.forest,
        probability_knots=model.knots,
        anomaly_knots=model.anomaly_knots,
        review_probability=model.review_probability,
        review_anomaly=float(model.anomaly_knots.at(np.array([model.review_anomaly]))[0]),
        review_ring_score=RING_SCORE_LEAST,
        trained_until=parts.cutoff,
        reads_oddness=True,
    )


def institution_bundle(
    table: InstitutionTable, booster: lightgbm.Booster, knots: Knots, forest: IsolationForest, until: int
) -> Bundle:
    """The bundle of an institution model; typical values are the medians over institutions with claims.

    Args:
        table: all institutions with claims.
        booster: fitted on all labels.
        knots: its calibration.
        forest: fitted on the table.
        until: the newest moment of the claims, seconds.
    """
    typical = np.median(table.matrix, axis=0)
    odd = -np.asarray(forest.score_samples(table.matrix))
    return Bundle(
        subject=LABELLED,
        features=tuple(
            BundleFeature(column.name, column.unit, column.says_zh, column.says_en, float(median))
            for column, median in zip(table.columns, typical, strict=True)
        ),
        feature_set=table.fingerprint,
        model_text=booster.model_to_string(),
        forest=export_forest(forest),
        probability_knots=knots,
        anomaly_knots=fit_quantiles(odd),
        review_probability=REVIEW_PROBABILITY,
        review_anomaly=REVIEW_ANOMALY,
        review_ring_score=RING_SCORE_LEAST,
        trained_until=until,
    )


REVIEW_PROBABILITY = 0.5
"""An institution more likely violating than not is worth an inspection; capacity bounds how many are opened."""

REVIEW_ANOMALY = 0.99
