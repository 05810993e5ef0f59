"""What rules found in a claim as columns of its model: rules and columns know different things, and add up.

A finding of a claim rests on what was known before it, so that an old claim has the columns that it would have had.
They are no labels: a model learns from verdicts how much a finding of each grade is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from claims.tables import Array
from rules.frame import DEFINITE, HIGHLY, SLIGHTLY, Grade, Hit
from scoring.bundle import Bundle, BundleFeature

GRADES = (DEFINITE, HIGHLY, SLIGHTLY)
"""In the order of the columns that count them."""

RULE_COLUMNS = (
    BundleFeature(
        "claim_rules_definite_count", "count", "命中明确违规规则 {value} 条", "{value} definite findings of rules"
    ),
    BundleFeature(
        "claim_rules_highly_count",
        "count",
        "命中高度可疑规则 {value} 条",
        "{value} highly suspicious findings of rules",
    ),
    BundleFeature(
        "claim_rules_slightly_count",
        "count",
        "命中轻度可疑规则 {value} 条",
        "{value} slightly suspicious findings of rules",
    ),
    BundleFeature("claim_rules_amount", "fen", "规则涉及金额 {value} 元", "Rules found {value} yuan"),
)
"""The columns, in order: findings by grade, and the money in them."""


def rule_columns(count: int, hits: Sequence[Hit]) -> Array:
    """The columns of `count` claims, (count, 4) float64.

    Args:
        count: claims.
        hits: findings of the rules that act, with rows of these claims.
    """
    columns = np.zeros((count, len(RULE_COLUMNS)))
    for hit in hits:
        columns[hit.claim_row, GRADES.index(hit.grade)] += 1
        columns[hit.claim_row, -1] += hit.amount_fen
    return columns


def kept_columns(kept: Sequence[Sequence[Mapping[str, Any]]]) -> Array:
    """The columns of decisions (n, 4), from the findings that each keeps (`rule_hits`)."""
    columns = np.zeros((len(kept), len(RULE_COLUMNS)))
    for row, hits in enumerate(kept):
        for hit in hits:
            columns[row, GRADES.index(Grade(hit["grade"]))] += 1
            columns[row, -1] += round(Decimal(hit["amount_yuan"]) * 100)
    return columns


def reads_rules(bundle: Bundle) -> bool:
    """Whether a bundle reads these columns, after all features."""
    return bundle.features[-len(RULE_COLUMNS) :] == RULE_COLUMNS


def features_of(bundle: Bundle) -> tuple[BundleFeature, ...]:
    """The features that a bundle reads, without the columns of rules."""
    return bundle.features[: -len(RULE_COLUMNS)] if reads_rules(bundle) else bundle.features


def offered_to(bundle: Bundle, matrix: Array, of_rules: Array) -> Array:
    """What a bundle reads of the features (n, k) and the columns of rules (n, 4)."""
    return np.column_stack([matrix, of_rules]) if reads_rules(bundle) else matrix
