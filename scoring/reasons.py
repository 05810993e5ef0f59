"""Says in words why a row was scored as it was, with the row's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from rules.words import yuan
from scoring.bundle import Bundle, BundleFeature

RAISES, LOWERS = "raises", "lowers"


@dataclass(frozen=True)
class Reason:
    """One feature's part in a score.

    Attributes:
        feature: its name.
        value: the row's value, in the feature's unit.
        contribution: how far it moved the score; positive raises the risk.
        share: its part of all movement, 0..1.
        direction: raises or lowers.
        zh: Chinese sentence with the value.
        en: English sentence with the value.
    """

    feature: str
    value: float
    contribution: float
    share: float
    direction: str
    zh: str
    en: str


def reasons(bundle: Bundle, values: Array, contributions: Array, most: int = 5) -> list[Reason]:
    """What `reasons_about` says of the columns of a bundle."""
    return reasons_about(bundle.features, values, contributions, most)


def reasons_about(
    features: Sequence[BundleFeature], values: Array, contributions: Array, most: int = 5
) -> list[Reason]:
    """The features that moved the score most, largest first; one that did not move it is no reason.

    Args:
        features: k columns.
        values: (k,) the row.
        contributions: (k,) its SHAP values or anomaly contributions.
        most: at most so many.
    """
    size = np.abs(contributions)
    total = float(size.sum())
    order = np.lexsort((np.arange(len(size)), -size))[:most]
    return [
        _reason(features[place], float(values[place]), float(contributions[place]), float(size[place]) / total)
        for place in order.tolist()
        if size[place] > 0
    ]


def _reason(feature: BundleFeature, value: float, contribution: float, share: float) -> Reason:
    direction = RAISES if contribution > 0 else LOWERS
    zh = feature.says_zh.rstrip("。").replace("{value}", written(value, feature.unit, "zh"))
    en = feature.says_en.rstrip(".").replace("{value}", written(value, feature.unit, "en"))
    if feature.typical is not None and feature.unit != "flag":
        zh += f"（一般为 {written(feature.typical, feature.unit, 'zh')}）"
        en += f" (typically {written(feature.typical, feature.unit, 'en')})"
    if direction == LOWERS:
        zh, en = f"{zh}，降低风险", f"{en}, which lowers the risk"
    return Reason(feature.name, value, contribution, share, direction, zh, en)


def written(value: float, unit: str, language: str) -> str:
    """A value as a sentence writes it; the sentence itself names the unit (yuan, days, times).

    >>> [written(123450, "fen", "en"), written(0.256, "share", "en"), written(1, "flag", "zh")]
    ['1,234.50', '26%', '是']
    """
    if np.isnan(value):
        return "未知" if language == "zh" else "unknown"
    if unit == "fen":
        return yuan(round(value))
    if unit == "share":
        return f"{value:.0%}" if value in (0, 1) or abs(value) >= 0.01 else f"{value:.1%}"
    if unit == "flag":
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
