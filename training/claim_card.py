"""The model card of a claim model: what it learned from, what it reached, and what it must not be used for."""

from __future__ import annotations

from claims.clock import to_moment
from training.claim_model import ClaimModel, ClaimPlan
from training.claim_report import ClaimReport, RankingReport, Yardstick
from training.group_figures import beyond_words, group_table
from training.random_share import Bounded
from training.share_interval import LEAST_UNITS
from training.split import Split

REFUSES = " above which `yicha retrain` refuses"

TEMPLATE = """# Claim model, trained for {cutoff}

Gives each settlement a calibrated probability that reviewers would find it violating, and an anomaly score. It may
send a claim to a person; it never refuses, suspends or docks.

## Learned from
- Verdicts known before {cutoff} only, appeals known by then applied. A claim that nobody judged is unlabelled, not
  negative. Claims settled within {gap} days before the cut-off are left out of learning (label delay).
- {train} judged claims to fit, the newest {validation} to stop the boosting and to calibrate; the isolation forest saw
  {window} claims, judged or not.
- Beside the features the trees read what rules found, by grade (the rules that act now, each judged on the claim's own
  day), and the forest's score, out of fold for the claims that are learned from. Some columns may only raise the risk.
- Parameters: the best of {trials} seeded trials on the validation part: {parameters}.
- What was reviewed is not what was settled: rules, tips and models led reviewers. Claims drawn at random stand for 1/p
  claims by their recorded probability p, at most {most:g} times the lightest, then scaled to mean 1; for claims that
  were led to no probability is known, so they stand for themselves. Probabilities are therefore those of the reviewed
  mix, not of all claims, where that mix was led.

## Test
{settled} claims settled from {cutoff} until {until}, {judged} of them judged, {positives} violating. Intervals: 95%,
bootstrap over subjects and rings: {units} judged units, of which {rings} are rings (the members of one ring stand or
fall together) and the others patients. At capacity: the {per_day} best-ranked claims of each day, judged or not; a
claim without a verdict counts neither for nor against, so that money is a lower bound. In cases: as many persons of
each day, with all that each settled on it. Weighted: judged claims that were drawn at random stand for 1/p, at most
{most:g} times the lightest. Brier score of the probabilities: {brier:.4f}.

| ranking | AP | weighted AP | AUC | precision at capacity | violating of judged | yuan found | yuan in cases |
|---|---|---|---|---|---|---|---|
{rows}

{champion}

## What nobody looked for
Random draws of the test period: {draws} with a verdict, {random_positives} violating; they tell as much as
{effective:.0f} equal draws. {random_words}

## By group
The judged claims of the test by insurance kind, level of institution, region, age band and chronic illness. Sent: those
that the model would send to review by its thresholds; of these the precision, and the wrongful stops: the share that
reviewers found in order. Their intervals come from the same bootstrap over rings and patients; where it would say
nothing (none or all in order, or fewer than {least_units} units) a star marks Wilson's interval, reckoned as if each
unit were one claim. Below {least} verdicts a group has no figure. {beyond}

| group | judged | violating | AP | sent | in order | precision | wrongful stops |
|---|---|---|---|---|---|---|---|
{groups}

## Review thresholds
Probability from {threshold:.4f} on, or a raw forest score from {anomaly:.4f} on, goes to reviewers: on the validation
period that was {per_day} claims a day, and a tenth of that for the forest.

## Trees
{trees} boosted trees (depth at most 8, at most 31 leaves), the mean of five fits{cluster}, 100 trees in the forest,
seed {seed}. {why}
"""


def claim_card(
    report: ClaimReport, model: ClaimModel, parts: Split, plan: ClaimPlan, by: Yardstick, champion: str
) -> str:
    """The card as Markdown text; `champion` is what is to be said of the last one."""
    return TEMPLATE.format(
        cutoff=to_moment(parts.cutoff).date(),
        until=to_moment(parts.test_until).date(),
        gap=plan.label_delay_days,
        train=len(parts.train),
        validation=len(parts.validation),
        window=len(parts.window),
        most=plan.most_weight,
        settled=report.settled,
        judged=report.judged,
        positives=report.positives,
        per_day=report.per_day,
        units=report.units,
        rings=report.rings,
        least=by.least_judged_in_group,
        least_units=LEAST_UNITS,
        groups=group_table(report.groups),
        beyond=beyond_words(report.groups, by.most_wrongful_share, REFUSES),
        rows="\n".join(_row(ranking) for ranking in report.rankings),
        champion=champion,
        draws=report.random.draws,
        random_positives=report.random.positives,
        trials=plan.trials,
        parameters=", ".join(f"{name} {value:.3g}" for name, value in model.trees.parameters.items()),
        effective=report.random.effective,
        brier=report.brier,
        random_words=random_words(report),
        threshold=model.review_probability,
        anomaly=model.review_anomaly,
        trees=model.trees.rounds.trees,
        why=model.trees.rounds.why,
        cluster=" fitted on a cluster" if plan.cluster else "",
        seed=plan.seed,
    )


def precision_words(ranking: RankingReport) -> str:
    """Precision at capacity, or a dash when none of the chosen claims has a verdict."""
    at = ranking.at_capacity
    return f"{at.precision:.3f}" if at.judged else "-"


def _row(ranking: RankingReport) -> str:
    at = ranking.at_capacity
    found = f"{at.violating} of {at.judged} ({at.chosen} looked at)"
    figures = [
        ranking.name,
        str(ranking.average_precision),
        f"{ranking.weighted_precision:.3f}",
        str(ranking.area_under_curve),
        precision_words(ranking),
        found,
        f"{at.money_fen / 100:,.2f}",
        f"{ranking.cases_at_capacity.money_fen / 100:,.2f}",
    ]
    return f"| {' | '.join(figures)} |"


def random_words(report: ClaimReport) -> str:
    """What the random draws say, in sentences."""
    prevalence = report.random.prevalence
    if prevalence.high is None:
        return "Nothing can be said of what was missed."
    if prevalence.value is None:
        return (
            f"Fewer than ten positives: at most {prevalence.high:.2%} of the claims are violating (95%), and nothing "
            "more can be said."
        )
    missed, recall, of_money = report.random.missed_fen, report.random.recall, report.random.money_recall
    figures = ", ".join(f"{name} {value:.3f}" for name, value in report.random_precision.items())
    return (
        f"Violating are {_range(prevalence, '.2%')} of the claims. The model at capacity would send "
        f"{_range(recall, '.0%')} of them and {_range(of_money, '.0%')} of their money; {_range(missed, ',.0f', 100)} "
        f"yuan were seen neither by it nor by anybody. AP on the draws alone, weighted: {figures}."
    )


def _range(bounds: Bounded, form: str, divisor: int = 1) -> str:
    value, low, high = (
        "unknown" if each is None else format(each / divisor, form) for each in (bounds.value, bounds.low, bounds.high)
    )
    return f"{value} ({low} to {high})"
