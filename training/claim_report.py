"""Judges the claim model on the test period, always beside what is simpler, and beside the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.capacity import AtCapacity, at_capacity, choose_daily, choose_daily_cases
from training.claim_data import AlignedLabels, ClaimTable
from training.judge import LEAST_POSITIVES, Estimate, average_precision, with_intervals
from training.random_share import Period, RandomShare, estimate
from training.split import Split, sample_weights

MODEL, RULES, AMOUNT, FOREST = "model", "rules alone", "amount alone", "isolation forest alone"
BY_MONEY, LINKLESS, CHAMPION = "model times amount", "model without links", "last champion"


@dataclass(frozen=True)
class RankingReport:
    """What one ranking reached on the test.

    Attributes:
        name: one of the names above.
        average_precision, area_under_curve: over the judged claims, with intervals over patients.
        weighted_precision: the average precision with the weights of the random draws.
        at_capacity: the best claims of each day, over all claims of the period, judged or not.
        cases_at_capacity: as many persons a day instead, with all that each settled on it.
    """

    name: str
    average_precision: Estimate
    area_under_curve: Estimate
    weighted_precision: float
    at_capacity: AtCapacity
    cases_at_capacity: AtCapacity


@dataclass(frozen=True)
class ClaimReport:
    """All figures of one test.

    Attributes:
        rankings: the model first, then what it is compared with.
        brier: mean squared error of the model's probabilities on the judged claims.
        random: what the random draws say of the period and of what the model finds at capacity.
        random_precision: average precision on the draws alone, design-weighted, by ranking; empty with too few.
        judged, positives, settled: claims of the test period that have a verdict, are violating, and in all.
        per_day: reviewers' daily capacity in claims.
    """

    rankings: tuple[RankingReport, ...]
    brier: float
    random: RandomShare
    random_precision: Mapping[str, float]
    judged: int
    positives: int
    settled: int
    per_day: int


def judge_claims(
    scores: Mapping[str, Array],
    table: ClaimTable,
    labels: AlignedLabels,
    parts: Split,
    per_day: int,
    seed: int,
    most_weight: float,
) -> ClaimReport:
    """Judge rankings of the claims settled from the cut-off on.

    Args:
        scores: ranking -> (t,) scores of the rows `parts.test_window`; those of MODEL are probabilities.
        table: n settlements.
        labels: as known now.
        parts: rows of the table.
        per_day: reviewers' daily capacity in claims.
        seed: of the bootstrap.
        most_weight: heaviest weight of a random draw as a multiple of the least.
    """
    window = parts.test_window
    label, amount, chance = labels.label[window], labels.amount_fen[window], labels.draw_probability[window]
    settled, subjects = table.settled_at[window], table.patient_ids[window]
    judged = np.flatnonzero(label >= 0)
    positive, weights = label[judged] == 1, sample_weights(chance[judged], most_weight)
    rankings = []
    for name, values in scores.items():
        precision, area = with_intervals(positive, values[judged], subjects[judged], seed)
        weighted = average_precision(positive, values[judged], weights)
        claims = at_capacity(choose_daily(values, settled, per_day), label, amount)
        cases = at_capacity(choose_daily_cases(values, settled, subjects, per_day), label, amount)
        rankings.append(RankingReport(name, precision, area, weighted, claims, cases))
    brier = float(np.mean((scores[MODEL][judged] - positive) ** 2))
    is_sent = np.zeros(len(window), dtype=np.bool_)
    is_sent[choose_daily(scores[MODEL], settled, per_day)] = True
    is_drawn = labels.is_random_draw[window]
    random = estimate(Period(label, amount, is_drawn, chance, is_sent, subjects), seed)
    precisions = _on_draws(scores, label, chance, np.flatnonzero((label >= 0) & is_drawn))
    return ClaimReport(
        tuple(rankings), brier, random, precisions, len(judged), int(positive.sum()), len(window), per_day
    )


def _on_draws(scores: Mapping[str, Array], label: Array, chance: Array, drawn: Array) -> dict[str, float]:
    positive = label[drawn] == 1
    if not LEAST_POSITIVES <= int(positive.sum()) < len(drawn):
        return {}
    return {name: average_precision(positive, values[drawn], 1.0 / chance[drawn]) for name, values in scores.items()}


def metrics(report: ClaimReport) -> dict[str, float]:
    """The report as flat figures for the run."""
    flat: dict[str, float] = {
        "test_judged": report.judged,
        "test_positives": report.positives,
        "test_settled": report.settled,
        "random_draws": report.random.draws,
        "random_positives": report.random.positives,
        "random_effective_draws": report.random.effective,
        "model_brier": report.brier,
    }
    for name, bounds in report.random.estimates().items():
        ends = {"": bounds.value, "_low": bounds.low, "_high": bounds.high}
        flat |= {f"random_{name}{end}": value for end, value in ends.items() if value is not None}
    for ranking in report.rankings:
        name = ranking.name.replace(" ", "_")
        for figure, found in (("ap", ranking.average_precision), ("auc", ranking.area_under_curve)):
            flat |= {
                f"{name}_{figure}": found.value,
                f"{name}_{figure}_low": found.low,
                f"{name}_{figure}_high": found.high,
            }
        flat[f"{name}_weighted_ap"] = ranking.weighted_precision
        for unit, at in (("capacity", ranking.at_capacity), ("case_capacity", ranking.cases_at_capacity)):
            flat |= {f"{name}_precision_at_{unit}": at.precision, f"{name}_money_at_{unit}_yuan": at.money_fen / 100}
            flat |= {f"{name}_judged_at_{unit}": at.judged, f"{name}_violating_at_{unit}": at.violating}
    flat |= {f"random_{name.replace(' ', '_')}_ap": value for name, value in report.random_precision.items()}
    return flat
