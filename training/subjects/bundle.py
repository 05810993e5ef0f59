"""The bundle of a model of subjects."""

from __future__ import annotations

import numpy as np

from graphs.group import RING_SCORE_LEAST
from scoring.bundle import Bundle, BundleFeature
from training.forest_export import export_forest
from training.subjects.columns import columns_of, subject_set
from training.subjects.kinds import Kind
from training.subjects.model import SubjectModel

REVIEW_ANOMALY = 0.99


def subject_bundle(kind: Kind, model: SubjectModel, review_share: float, until: int) -> Bundle:
    """The bundle of a fitted model.

    Args:
        kind: of the subjects.
        model: the fitted parts.
        review_share: part of all subjects that reviewers can take up in a period; the probability that so many of the
            window's rows reach is the review threshold.
        until: the cut-off, seconds.
    """
    share = min(max(review_share, 0.0), 1.0)
    return Bundle(
        subject=kind,
        features=tuple(
            BundleFeature(column.name, column.unit, column.says_zh, column.says_en, float(median))
            for column, median in zip(columns_of(kind), model.typical, strict=True)
        ),
        feature_set=subject_set(kind),
        model_text=model.booster.model_to_string(),
        forest=export_forest(model.forest),
        probability_knots=model.knots,
        anomaly_knots=model.anomaly_knots,
        review_probability=float(np.quantile(model.window_probability, 1.0 - share)),
        review_anomaly=REVIEW_ANOMALY,
        review_ring_score=RING_SCORE_LEAST,
        trained_until=until,
        reads_oddness=True,
    )
