"""Judges the claim model on the test period, always beside what is simpler, and beside the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.capacity import AtCapacity, at_capacity, choose_daily, choose_daily_cases
from training.group_figures import GroupFigures, JudgedRows, figures_by_group, group_metrics
from training.judge import LEAST_POSITIVES, Estimate, average_precision, with_intervals
from training.random_share import Period, RandomShare, estimate
from training.split import sample_weights

MODEL, RULES, AMOUNT, FOREST = "model", "rules alone", "amount alone", "isolation forest alone"
BY_MONEY, LINKLESS, CHAMPION = "model by money", "model without links", "last champion"


@dataclass(frozen=True)
class PeriodRows:
    """All t claims settled in the test period, judged or not.

    Attributes:
        settled_at: (t,) seconds.
        label: (t,) 1 violating, 0 in order, -1 unlabelled, as known now.
        amount_fen: (t,) money found violating, 0 where none.
        draw_probability: (t,) 1.0 where no random draw led there.
        is_random_draw: (t,) judged because it was drawn at random.
        patient_ids: (t,) whose claim it is: a case of a day holds all that a person settled on it.
        units: (t,) what the bootstrap draws whole: rings and patients, see `units.units_of`.
        is_sent: (t,) the model would send the claim to review, by its thresholds.
        groups: dimension -> group of each claim that has a verdict, in order.
    """

    settled_at: Array
    label: Array
    amount_fen: Array
    draw_probability: Array
    is_random_draw: Array
    patient_ids: Array
    units: Array
    is_sent: Array
    groups: Mapping[str, Array]


@dataclass(frozen=True)
class Yardstick:
    """How a test is judged.

    Attributes:
        per_day: reviewers' daily capacity in claims.
        most_weight: heaviest weight of a random draw as a multiple of the least.
        most_wrongful_share: bound of the share of wrongful stops.
        least_judged_in_group: with fewer judged claims a group has no figure.
        seed: of the bootstraps.
    """

    per_day: int
    most_weight: float
    most_wrongful_share: float
    least_judged_in_group: int
    seed: int


@dataclass(frozen=True)
class RankingReport:
    """What one ranking reached on the test.

    Attributes:
        name: one of the names above.
        average_precision, area_under_curve: over the judged claims, with intervals over units.
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
        groups: how the model treats each group of claims.
        judged, positives, settled: claims of the test period that have a verdict, are violating, and in all.
        units, rings: what the bootstrap drew from: units that were judged, and those of them that are rings.
        per_day: reviewers' daily capacity in claims.
    """

    rankings: tuple[RankingReport, ...]
    brier: float
    random: RandomShare
    random_precision: Mapping[str, float]
    groups: tuple[GroupFigures, ...]
    judged: int
    positives: int
    settled: int
    units: int
    rings: int
    per_day: int


def judge_claims(scores: Mapping[str, Array], rows: PeriodRows, by: Yardstick) -> ClaimReport:
    """Judge rankings of the claims settled from the cut-off on.

    Args:
        scores: ranking -> (t,) scores; those of MODEL are probabilities.
        rows: the t claims.
        by: capacity, weights, bounds and seed.
    """
    judged = np.flatnonzero(rows.label >= 0)
    positive, units = rows.label[judged] == 1, rows.units[judged]
    weights = sample_weights(rows.draw_probability[judged], by.most_weight)
    rankings = []
    for name, values in scores.items():
        precision, area = with_intervals(positive, values[judged], units, by.seed)
        weighted = average_precision(positive, values[judged], weights)
        claims = choose_daily(values, rows.settled_at, by.per_day)
        cases = choose_daily_cases(values, rows.settled_at, rows.patient_ids, by.per_day)
        reached = (at_capacity(chosen, rows.label, rows.amount_fen) for chosen in (claims, cases))
        rankings.append(RankingReport(name, precision, area, weighted, *reached))
    drawn = np.flatnonzero((rows.label >= 0) & rows.is_random_draw)
    return ClaimReport(
        tuple(rankings),
        brier=float(np.mean((scores[MODEL][judged] - positive) ** 2)),
        random=_of_draws(scores[MODEL], rows, by),
        random_precision=_on_draws(scores, rows.label, rows.draw_probability, drawn),
        groups=_by_group(scores[MODEL], rows, judged, by),
        judged=len(judged),
        positives=int(positive.sum()),
        settled=len(rows.label),
        units=len(set(units.tolist())),
        rings=len(set(units[units != rows.patient_ids[judged]].tolist())),
        per_day=by.per_day,
    )


def _of_draws(probability: Array, rows: PeriodRows, by: Yardstick) -> RandomShare:
    """What the random draws say of all claims, if the model chose what reviewers look at."""
    is_chosen = np.zeros(len(rows.label), dtype=np.bool_)
    is_chosen[choose_daily(probability, rows.settled_at, by.per_day)] = True
    period = Period(
        rows.label, rows.amount_fen, rows.is_random_draw, rows.draw_probability, is_chosen, subjects=rows.units
    )
    return estimate(period, by.seed)


def _by_group(probability: Array, rows: PeriodRows, judged: Array, by: Yardstick) -> tuple[GroupFigures, ...]:
    asked = JudgedRows(rows.groups, rows.label[judged], probability[judged], rows.is_sent[judged], rows.units[judged])
    return figures_by_group(asked, by.most_wrongful_share, by.least_judged_in_group, by.seed)


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
        "bootstrap_units": report.units,
        "bootstrap_rings": report.rings,
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
    return flat | group_metrics(report.groups)
