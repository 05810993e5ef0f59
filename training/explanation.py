"""The contributions that a bundle gives, in the form that the plots of the shap library take."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
import shap

from scoring.bundle import Bundle, BundleFeature
from scoring.score import score

LINE = 52
"""Characters of a label's line: two lines of them stand beside a plot without pressing it flat."""


def explain(bundle: Bundle, seen: pd.DataFrame, language: str = "en") -> Any:
    """What moved the score of each claim, as the service reckons it.

    Args:
        bundle: the model.
        seen: n rows with the bundle's columns, as `training.frames` reads them.
        language: of the labels, en or zh.

    Returns:
        A `shap.Explanation` of (n, k) contributions in log odds; its `data` has money in yuan, its names are sentences
        in which N stands for the value.
    """
    matrix = seen[[feature.name for feature in bundle.features]].to_numpy(dtype="float64")
    scores = score(bundle, matrix)
    units = np.array([100.0 if feature.unit == "fen" else 1.0 for feature in bundle.features])
    names = [_label(feature, language) for feature in bundle.features]
    return shap.Explanation(scores.contributions, scores.base, matrix / units, feature_names=names)


def _label(feature: BundleFeature, language: str) -> str:
    said = feature.says_zh if language == "zh" else feature.says_en
    return "\n".join(textwrap.wrap(said.rstrip(".。").replace("{value}", "N"), LINE))
