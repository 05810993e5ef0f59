"""The model card and the fold table of an institution model."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

from claims.errors import BadBundle
from training.folds import FIGURES, FOLDS, REPEATS, FoldFigures, gain, mean_and_deviation
from training.institution_model import NAIVE, RANKINGS

POPULATIONS = {"all": "all", "with_claims": "with claims"}

HEADINGS = ("AP", "gain in AP", "AUC", "recall at K")

FOLD_FILE = "folds.csv"

TEMPLATE = """# Institution model

Ranks institutions by the calibrated probability that a supervisor labels them violating. It opens cases for people; it
decides nothing.

## Learned from
{labelled} labelled institutions, {positives} of them violating; {with_claims} have claims in the store, the others
get columns of zeros. {own} columns are the institution's own totals, {links} describe whom it shares patients and
physicians with. No column looks at a label. Columns cover the whole period of the claims, so that this is a screening
of the past, not a forecast.

## Cross-validation
{folds} folds, dealt {repeats} times; one row is one institution, so that folds over rows are grouped by institution.
Judged are all labelled institutions, and those with claims apart. Naive is the total reimbursement. Mean and standard
deviation over the folds; the gain in AP over the naive ranking is that of each fold; K is the number of violating
institutions in the fold. Places (areas of the patients, the institution among those of its area) are judged here and
left out of the model. No ranking sees a label of the fold that it is judged on, of neighbours neither.

| ranking | judged on | {headings} |
|---|---|---|---|---|---|
{rows}

## What moves the scores
{leading} moves them most: {share:.0%} of all SHAP movement on institutions with claims. A single column that carries
much of a model may say how the labels came about rather than what the institutions did: look at it before trusting it.
"""


def institution_card(figures: list[FoldFigures], counts: dict[str, int], leading: tuple[str, float]) -> str:
    """The card as Markdown text.

    Args:
        figures: of all rankings, populations and folds.
        counts: labelled, positives, with_claims, own and links.
        leading: the column with the largest share of the SHAP movement, and that share.
    """
    rows = [f"| {' | '.join(row)} |" for row in summary_rows(figures)]
    words = {"headings": " | ".join(HEADINGS), "rows": "\n".join(rows), "leading": leading[0], "share": leading[1]}
    return TEMPLATE.format(folds=FOLDS, repeats=REPEATS, **words, **counts)


def summary_rows(figures: list[FoldFigures]) -> list[tuple[str, ...]]:
    """One row of words for each ranking and population: names, then `HEADINGS` as mean ± deviation."""
    return [
        (words, where, *_row(figures, ranking, population))
        for population, where in POPULATIONS.items()
        for ranking, words in RANKINGS.items()
    ]


def _row(figures: list[FoldFigures], ranking: str, population: str) -> tuple[str, ...]:
    precision, *others = (_plus_minus(*mean_and_deviation(figures, ranking, population, name)) for name in FIGURES)
    over = "-" if ranking == NAIVE else _plus_minus(*gain(figures, ranking, NAIVE, population))
    return precision, over, *others


def _plus_minus(mean: float, deviation: float) -> str:
    return f"{mean:.3f}±{deviation:.3f}"


def write_fold_table(figures: list[FoldFigures], path: Path) -> Path:
    """The figures of each fold as CSV."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(FoldFigures.__dataclass_fields__))
        writer.writeheader()
        writer.writerows(asdict(row) for row in figures)
    return path


def read_fold_table(path: Path) -> list[FoldFigures]:
    """What `write_fold_table` wrote.

    Raises:
        BadBundle: another version wrote it.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames != list(FoldFigures.__dataclass_fields__):
            raise BadBundle(
                "The fold table of the run has other columns than this version writes. Expected a run of this version. "
                "Train and promote again: yicha train --subject institution --labels FILE."
            )
        return [
            FoldFigures(
                row["ranking"],
                row["population"],
                int(row["repeat"]),
                int(row["fold"]),
                int(row["institutions"]),
                int(row["positives"]),
                float(row["average_precision"]),
                float(row["area_under_curve"]),
                float(row["recall_at_positives"]),
            )
            for row in reader
        ]


def fold_metrics(figures: list[FoldFigures]) -> dict[str, float]:
    """Mean and deviation of each figure, flat, for the run."""
    flat = {}
    for population in POPULATIONS:
        for ranking in RANKINGS:
            for figure in FIGURES:
                mean, deviation = mean_and_deviation(figures, ranking, population, figure)
                flat[f"{population}_{ranking}_{figure}"] = mean
                flat[f"{population}_{ranking}_{figure}_std"] = deviation
            mean, deviation = gain(figures, ranking, NAIVE, population)
            flat[f"{population}_{ranking}_gain"], flat[f"{population}_{ranking}_gain_std"] = mean, deviation
    return flat
