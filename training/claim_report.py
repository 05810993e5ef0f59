"""Judges the claim model on the test period beside rules alone, amount alone and the forest alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.capacity import AtCapacity, at_capacity
from training.claim_data import AlignedLabels, ClaimTable
from training.judge import LEAST_POSITIVES, Estimate, average_precision, with_intervals
from training.split import Split

MODEL, RULES, AMOUNT, FOREST = "model", "rules alone", "amount alone", "isolation forest alone"


@dataclass(frozen=True)
class RankingReport:
    """What one ranking reached on the test.

    Attributes:
        name: one of MODEL, RULES, AMOUNT, FOREST.
        average_precision, area_under_curve: over the judged claims, with intervals over patients.
        at_capacity: over all claims of the period, judged or not.
    """

    name: str
    average_precision: Estimate
    area_under_curve: Estimate
    at_capacity: AtCapacity


@dataclass(frozen=True)
class RandomReport:
    """What the random draw of the test period says, the only unbiased look.

    Attributes:
        draws, positives: judged claims that were drawn at random, and those of them found violating.
        average_precision: design-weighted, by ranking; empty with fewer than ten positives.
    """

    draws: int
    positives: int
    average_precision: Mapping[str, float]


@dataclass(frozen=True)
class ClaimReport:
    """All figures of one test.

    Attributes:
        rankings: the model first, then what it is compared with.
        random: the random draws apart.
        judged, positives, settled: claims of the test period that have a verdict, are violating, and in all.
        per_day: reviewers' daily capacity in claims.
    """

    rankings: tuple[RankingReport, ...]
    random: RandomReport
    judged: int
    positives: int
    settled: int
    per_day: int


def judge_claims(
    scores: Mapping[str, Array], table: ClaimTable, labels: AlignedLabels, parts: Split, per_day: int, seed: int
) -> ClaimReport:
    """Judge rankings of the claims settled from the cut-off on.

    Args:
        scores: ranking -> (t,) scores of the rows `parts.test_window`.
        table: n settlements.
        labels: as known now.
        parts: rows of the table.
        per_day: reviewers' daily capacity in claims.
        seed: of the bootstrap.
    """
    window = parts.test_window
    label, amount = labels.label[window], labels.amount_fen[window]
    settled, subjects = table.settled_at[window], table.patient_ids[window]
    judged = np.flatnonzero(label >= 0)
    rankings = []
    for name, values in scores.items():
        precision, area = with_intervals(label[judged] == 1, values[judged], subjects[judged], seed)
        rankings.append(RankingReport(name, precision, area, at_capacity(values, settled, label, amount, per_day)))
    drawn = np.flatnonzero((label >= 0) & labels.is_random_draw[window])
    random = _random_report(scores, label[drawn] == 1, labels.draw_probability[window][drawn], drawn)
    return ClaimReport(tuple(rankings), random, len(judged), int((label == 1).sum()), len(window), per_day)


def _random_report(scores: Mapping[str, Array], positive: Array, probability: Array, drawn: Array) -> RandomReport:
    count = int(positive.sum())
    figures: dict[str, float] = {}
    if LEAST_POSITIVES <= count < len(positive):
        figures = {
            name: average_precision(positive, values[drawn], 1.0 / probability) for name, values in scores.items()
        }
    return RandomReport(len(positive), count, figures)


def metrics(report: ClaimReport) -> dict[str, float]:
    """The report as flat figures for the run."""
    flat: dict[str, float] = {
        "test_judged": report.judged,
        "test_positives": report.positives,
        "test_settled": report.settled,
        "random_draws": report.random.draws,
        "random_positives": report.random.positives,
    }
    for ranking in report.rankings:
        name = ranking.name.replace(" ", "_")
        for figure, estimate in (("ap", ranking.average_precision), ("auc", ranking.area_under_curve)):
            flat |= {
                f"{name}_{figure}": estimate.value,
                f"{name}_{figure}_low": estimate.low,
                f"{name}_{figure}_high": estimate.high,
            }
        at = ranking.at_capacity
        flat |= {f"{name}_precision_at_capacity": at.precision, f"{name}_money_at_capacity_yuan": at.money_fen / 100}
        flat |= {f"{name}_judged_at_capacity": at.judged, f"{name}_violating_at_capacity": at.violating}
    flat |= {f"random_{name.replace(' ', '_')}_ap": value for name, value in report.random.average_precision.items()}
    return flat
