"""Judges the model of subjects on the test beside simpler rankings and itself without links or weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.capacity import AtCapacity, at_capacity, choose_daily
from training.group_figures import GroupFigures, JudgedRows, figures_by_group, group_metrics
from training.judge import LEAST_POSITIVES, Estimate, average_precision, with_intervals
from training.subjects.rule_findings import RuleFindings

MODEL, NO_LINKS, NO_WEIGHTS = "model", "model without links", "model without weights"
RULES, FINDINGS, AMOUNT = "rules alone", "earlier findings alone", "amount alone"
FOREST, CHAMPION = "isolation forest alone", "last champion"


@dataclass(frozen=True)
class SubjectRanking:
    """What one ranking reached on the test.

    Attributes:
        name: one of the names above.
        average_precision, area_under_curve: over the judged rows, with 95% intervals over units.
        at_capacity: over all rows of the test, judged or not.
    """

    name: str
    average_precision: Estimate
    area_under_curve: Estimate
    at_capacity: AtCapacity


@dataclass(frozen=True)
class SubjectReport:
    """All figures of one test.

    Attributes:
        rankings: the model first, then what it is compared with.
        rows, judged, positives: period rows of the test in all, with a verdict, and found violating.
        subjects: different subjects among the judged rows.
        periods: period ends of the test.
        per_period: cases that reviewers can take up in a period.
        random_draws, random_positives: judged rows to which only a random draw led, and those found violating.
        random_precision: design-weighted AP on them by ranking; empty with fewer than ten positives.
        groups: how the model treats each group of subjects.
        about_rules: what the ranking by rules alone rests on, or why it is not among the rankings.
    """

    rankings: tuple[SubjectRanking, ...]
    rows: int
    judged: int
    positives: int
    subjects: int
    periods: int
    per_period: int
    random_draws: int
    random_positives: int
    random_precision: Mapping[str, float]
    groups: tuple[GroupFigures, ...]
    about_rules: str


@dataclass(frozen=True)
class PeriodRows:
    """The n rows of the test: subject, period end, label as known now, money, and how they came to be judged.

    Attributes:
        ids, ends, label, amount_fen, probability, is_random_draw: (n,) as in `SubjectLabels`; the probability is that
            of the row.
        units: (n,) what the bootstrap draws whole: the subject, of persons the ring in which they stand.
        groups: dimension -> group of each row that has a verdict, in order.
        rules: what rules found about the rows.
    """

    ids: Array
    ends: Array
    label: Array
    amount_fen: Array
    probability: Array
    is_random_draw: Array
    units: Array
    groups: Mapping[str, Array]
    rules: RuleFindings


@dataclass(frozen=True)
class Yardstick:
    """How a test is judged.

    Attributes:
        per_period: cases that reviewers can take up in a period.
        most_wrongful_share: bound of the share of wrongful stops.
        least_judged_in_group: with fewer judged rows a group has no figure.
        seed: of the bootstraps.
    """

    per_period: int
    most_wrongful_share: float
    least_judged_in_group: int
    seed: int


def judge_subjects(scores: Mapping[str, Array], is_sent: Array, test: PeriodRows, by: Yardstick) -> SubjectReport:
    """Judge rankings of the rows of the test.

    Args:
        scores: ranking -> (n,) scores, higher is more suspicious.
        is_sent: (n,) the model would send the subject to review, by its thresholds.
        test: n rows.
        by: capacity, bounds and seed.
    """
    judged = np.flatnonzero(test.label >= 0)
    positive, units = test.label[judged] == 1, test.units[judged]
    rankings = []
    for name, values in scores.items():
        precision, area = with_intervals(positive, values[judged], units, by.seed)
        reached = at_capacity(choose_daily(values, test.ends, by.per_period), test.label, test.amount_fen)
        rankings.append(SubjectRanking(name, precision, area, reached))
    drawn = np.flatnonzero((test.label >= 0) & test.is_random_draw)
    found = test.label[drawn] == 1
    figures: dict[str, float] = {}
    if LEAST_POSITIVES <= found.sum() < len(found):
        weights = 1.0 / test.probability[drawn]
        figures = {name: average_precision(found, values[drawn], weights) for name, values in scores.items()}
    rows = JudgedRows(test.groups, test.label[judged], scores[MODEL][judged], is_sent[judged], units)
    return SubjectReport(
        tuple(rankings),
        len(test.ids),
        len(judged),
        int(positive.sum()),
        len(set(test.ids[judged].tolist())),
        len(np.unique(test.ends)),
        by.per_period,
        len(drawn),
        int(found.sum()),
        figures,
        figures_by_group(rows, by.most_wrongful_share, by.least_judged_in_group, by.seed),
        str(test.rules),
    )


def subject_metrics(report: SubjectReport) -> dict[str, float]:
    """The report as flat figures for the run."""
    flat: dict[str, float] = {
        "test_rows": report.rows,
        "test_judged": report.judged,
        "test_positives": report.positives,
        "test_subjects": report.subjects,
        "cases_per_period": report.per_period,
        "random_draws": report.random_draws,
        "random_positives": report.random_positives,
    }
    for ranking in report.rankings:
        name, at = ranking.name.replace(" ", "_"), ranking.at_capacity
        for figure, estimate in (("ap", ranking.average_precision), ("auc", ranking.area_under_curve)):
            flat |= {
                f"{name}_{figure}": estimate.value,
                f"{name}_{figure}_low": estimate.low,
                f"{name}_{figure}_high": estimate.high,
            }
        flat |= {
            f"{name}_precision_at_capacity": at.precision,
            f"{name}_money_at_capacity_yuan": at.money_fen / 100,
            f"{name}_judged_at_capacity": at.judged,
            f"{name}_violating_at_capacity": at.violating,
        }
    flat |= {f"random_{name.replace(' ', '_')}_ap": value for name, value in report.random_precision.items()}
    return flat | group_metrics(report.groups)
