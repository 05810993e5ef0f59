"""Pictures of one training run, as PNG files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # no display on a server

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import precision_recall_curve

from claims.tables import Array

DOTS_PER_INCH = 120
MOST_ROWS_SHOWN = 2_000
MOST_FEATURES_SHOWN = 20


def draw_precision_recall(positive: Array, rankings: Mapping[str, Array], path: Path) -> Path:
    """Precision against recall, one line for each ranking.

    Args:
        positive: (n,) true or false.
        rankings: name -> (n,) scores.
        path: the PNG file to write.
    """
    figure, axes = plt.subplots(figsize=(7, 5))
    for name, scores in rankings.items():
        precision, recall, _ = precision_recall_curve(positive, scores)
        axes.step(recall, precision, where="post", label=name)
    axes.axhline(positive.mean(), color="grey", linestyle=":", label="chance")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Precision and recall on the test")
    axes.legend()
    return _save(figure, path)


def draw_calibration(positive: Array, probability: Array, path: Path, bins: int = 10) -> Path:
    """Share found violating against predicted probability, in equally filled bins.

    Args:
        positive: (n,) true or false.
        probability: (n,) calibrated.
        path: the PNG file to write.
        bins: how many bins at most.
    """
    groups = [rows for rows in np.array_split(np.argsort(probability, kind="stable"), bins) if len(rows)]
    said = [float(probability[rows].mean()) for rows in groups]
    seen = [float(positive[rows].mean()) for rows in groups]
    figure, axes = plt.subplots(figsize=(5.5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    axes.plot(said, seen, marker="o", label=f"{len(positive)} judged claims")
    axes.set(xlabel="predicted probability", ylabel="share found violating", title="Calibration on the test")
    axes.legend()
    return _save(figure, path)


def draw_money_curve(curves: Mapping[str, tuple[Array, Array]], file: Path) -> Path:
    """Money found against claims looked at a day, one line for each ranking.

    Args:
        curves: name -> (claims a day, money found in fen), see `capacity.money_curve`.
        file: the PNG file to write.
    """
    figure, axes = plt.subplots(figsize=(7, 5))
    for name, (per_day, money_fen) in curves.items():
        axes.plot(per_day, np.asarray(money_fen) / 100, label=name)
    axes.set(xlabel="claims looked at a day", ylabel="yuan found", title="Money found on the test", ylim=(0, None))
    axes.legend()
    return _save(figure, file)


def draw_contributions(names: Sequence[str], matrix: Array, shap_values: Array, path: Path) -> Path:
    """A SHAP summary: one row a column, one dot a claim, coloured by the column's own value.

    Args:
        names: k column names.
        matrix: (n, k) values.
        shap_values: (n, k) contributions, log odds.
        path: the PNG file to write.
    """
    shown = np.argsort(-np.abs(shap_values).mean(axis=0), kind="stable")[:MOST_FEATURES_SHOWN][::-1]
    random = np.random.default_rng(0)
    figure, axes = plt.subplots(figsize=(9, 0.35 * len(shown) + 1.5))
    for row, column in enumerate(shown):
        height = row + random.uniform(-0.3, 0.3, len(matrix))
        colour = _ranks(matrix[:, column])
        axes.scatter(shap_values[:, column], height, c=colour, cmap="coolwarm", s=6, vmin=0, vmax=1, linewidths=0)
    axes.axvline(0, color="grey", linewidth=0.8)
    axes.set_yticks(range(len(shown)), [names[column] for column in shown], fontsize=8)
    axes.set(xlabel="contribution to the log odds (red: high value, blue: low)", title="What moved the scores (SHAP)")
    return _save(figure, path)


def sample_rows(count: int, seed: int) -> Array:
    """Rising row numbers of at most `MOST_ROWS_SHOWN` of `count` rows, for plots that need no more."""
    if count <= MOST_ROWS_SHOWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MOST_ROWS_SHOWN, replace=False))


def _ranks(values: Array) -> Array:
    distinct, place = np.unique(values, return_inverse=True)
    return place / max(len(distinct) - 1, 1)


def _save(figure: plt.Figure, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, dpi=DOTS_PER_INCH)
    plt.close(figure)
    return path
