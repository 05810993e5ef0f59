"""The model card of a model of subjects: what it learned from, what it reached, and what it must not be used for."""

from __future__ import annotations

from training.group_figures import beyond_words, group_table
from training.groups import DIMENSIONS
from training.share_interval import LEAST_UNITS
from training.subjects.groups import dimensions_of
from training.subjects.kinds import PLURAL
from training.subjects.model import FOLDS, SubjectLearning, SubjectModel
from training.subjects.periods import last_day
from training.subjects.plan import SubjectPlan
from training.subjects.report import RULES, SubjectRanking, SubjectReport, Yardstick

NOTHING_ASKED = "nothing was screened or decided"

TEMPLATE = """# Model of {plural} at month ends, trained for {cutoff}

Gives each {kind}, at the end of a month, a calibrated probability that reviewers find claims of that month violating,
and an anomaly score. It opens cases for people; it never refuses, suspends or docks.

## Columns
{columns} columns of the {kind} as known at the month's end: the declared features that read its past (the same kernel
as settlement uses), how its year is distributed, and links and rings of the newest snapshot available then; and the
score of an isolation forest that had not seen the {kind}.

## Learned from
- Verdicts known before the cut-off only, appeals known by then applied. A verdict on a claim labels one row: the first
  month end at which the claim was known; one known by then is a column and labels nothing. A row is negative if all its
  verdicts are in order and no other claim of the year before it was found violating later; rows that nobody judged are
  unlabelled.
- {learning} labelled rows ({positives} violating) that end at least {gap} days before the cut-off; the forest from
  {window} rows before it, judged or not.
- Rows that only a random draw led to stand for 1/p rows, p from the recorded probability and the number of claims of
  the month, at most {most:g} times the lightest. What rules, tips or models led to stands for itself, so probabilities
  are those of the reviewed mix.

## Test
{rows} rows of {periods} month ends from {cutoff} on, {judged} of them judged ({subjects} {plural}), {found} violating.
Each row was scored by one of {folds} models that had seen no row of its {kind} and nothing from the cut-off on; the
model that serves has the same recipe and learned from all folds. Intervals: 95%, bootstrap over {units}. At capacity:
the {per_period} best-ranked of each month end, judged or not; a row without a verdict counts neither for nor against,
so that money is a lower bound. {champion} {rules}

| ranking | AP | AUC | precision at capacity | violating of judged | money found (yuan) |
|---|---|---|---|---|---|
{table}

Share violating among the judged: {base:.3f}, what a ranking by chance would reach as AP. Random draws of the test:
{draws} judged, {draw_positives} violating. {random}

## By group
The judged rows of the test by {dimensions}. Sent: those that the model would send to review by its thresholds; of these
the precision, and the wrongful stops: the share that reviewers found in order. Intervals as above; where a bootstrap
would say nothing (none or all in order, or fewer than {least_units} units) a star marks Wilson's interval, reckoned as
if each unit were one row. Below {least} verdicts a group has no figure. {beyond}

| group | judged | violating | AP | sent | in order | precision | wrongful stops |
|---|---|---|---|---|---|---|---|
{groups}

## Trees
{trees} trees: of {trials} seeded trials the parameters and the number of trees with the best AP on {plural} that the
trees had not seen: {parameters}. 100 trees in the forest, seed {seed}.
"""


def subject_card(
    report: SubjectReport,
    learning: SubjectLearning,
    model: SubjectModel,
    plan: SubjectPlan,
    by: Yardstick,
    champion: str,
) -> str:
    """The card as Markdown text; `champion` says which last champion is in the table, or why none is."""
    kind, parts = learning.table.kind, learning.parts
    return TEMPLATE.format(
        kind=kind,
        plural=PLURAL[kind],
        cutoff=last_day(parts.cutoff),
        columns=learning.table.matrix.shape[1],
        learning=len(parts.learning),
        positives=int((learning.label[parts.learning] == 1).sum()),
        gap=plan.label_delay_days,
        window=len(parts.window),
        most=plan.most_weight,
        rows=report.rows,
        periods=report.periods,
        judged=report.judged,
        subjects=report.subjects,
        found=report.positives,
        folds=FOLDS,
        per_period=report.per_period,
        units="rings and the patients who stand in none" if kind == "patient" else PLURAL[kind],
        champion=champion,
        rules=report.about_rules,
        table="\n".join(_rows(report)),
        dimensions=", ".join(DIMENSIONS[name][1] for name in dimensions_of(kind)),
        least=by.least_judged_in_group,
        least_units=LEAST_UNITS,
        groups=group_table(report.groups),
        beyond=beyond_words(report.groups, by.most_wrongful_share),
        base=report.positives / report.judged,
        draws=report.random_draws,
        draw_positives=report.random_positives,
        random=random_words(report),
        trees=model.rounds,
        trials=plan.trials,
        parameters=", ".join(f"{name} {value:.3g}" for name, value in model.parameters.items()),
        seed=plan.seed,
    )


def random_words(report: SubjectReport) -> str:
    """The design-weighted figures on the random draws, or that there are too few."""
    if not report.random_precision:
        return "Too few for a figure."
    return "Design-weighted AP: " + ", ".join(f"{k} {v:.3f}" for k, v in report.random_precision.items()) + "."


def precision_words(ranking: SubjectRanking) -> str:
    """Precision at capacity, or a dash when none of the chosen rows has a verdict."""
    return f"{ranking.at_capacity.precision:.3f}" if ranking.at_capacity.judged else "-"


def _rows(report: SubjectReport) -> list[str]:
    """One of each ranking, and one that says why there is none by rules."""
    rows = [_row(ranking) for ranking in report.rankings]
    if all(ranking.name != RULES for ranking in report.rankings):
        rows.append(f"| {RULES} | {NOTHING_ASKED} | - | - | - | - |")
    return rows


def _row(ranking: SubjectRanking) -> str:
    at = ranking.at_capacity
    found = f"{at.violating} of {at.judged} ({at.chosen} looked at)"
    figures = [ranking.name, str(ranking.average_precision), str(ranking.area_under_curve), precision_words(ranking)]
    return f"| {' | '.join([*figures, found])} | {at.money_fen / 100:,.2f} |"
