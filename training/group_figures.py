"""How a model treats groups of claims or subjects: how well it ranks within each, and whom it would stop wrongly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.groups import DIMENSIONS, UNKNOWN, WrongfulStops, wrongful_stops
from training.judge import LEAST_POSITIVES, Estimate, with_intervals


@dataclass(frozen=True)
class JudgedRows:
    """n judged claims, or period rows of subjects, of a test.

    Attributes:
        groups: dimension -> (n,) group of each row, see `groups.groups_of`.
        label: (n,) 1 violating, 0 in order.
        scores: (n,) the model's; higher is more suspicious.
        is_sent: (n,) the model would send the row to review.
        units: (n,) what the bootstrap draws whole.
    """

    groups: Mapping[str, Array]
    label: Array
    scores: Array
    is_sent: Array
    units: Array


@dataclass(frozen=True)
class GroupFigures:
    """One group.

    Attributes:
        dimension, group: such as "age" and "65-79"; "all" and "" for everybody.
        judged, positives: rows of the test with a verdict, and those of them violating.
        average_precision: of the ranking within the group; None with too few verdicts.
        sent, in_order: judged rows that the model would send to review, and those of them in order.
        stops: the share in order among these with its interval; None with too few of them.
    """

    dimension: str
    group: str
    judged: int
    positives: int
    average_precision: Estimate | None
    sent: int
    in_order: int
    stops: WrongfulStops | None


def figures_by_group(rows: JudgedRows, most: float, least_judged: int, seed: int) -> tuple[GroupFigures, ...]:
    """Figures for everybody and for each group that was judged at all.

    Args:
        rows: the judged rows.
        most: bound of the share of wrongful stops.
        least_judged: with fewer judged rows (for the stops: fewer of those sent) a group has no figure.
        seed: of the bootstrap.
    """
    stops = {
        (each.dimension, each.group): each
        for each in wrongful_stops(
            rows.groups, rows.is_sent, rows.label, rows.units, most=most, least_judged=least_judged, seed=seed
        )
    }
    members = {("all", ""): np.arange(len(rows.label))}
    for dimension, of_claim in rows.groups.items():
        members |= {(dimension, name): np.flatnonzero(of_claim == name) for name in sorted(set(of_claim.tolist()))}
    return tuple(_figures(name, rows, inside, stops.get(name), least_judged, seed) for name, inside in members.items())


def _figures(
    name: tuple[str, str], rows: JudgedRows, inside: Array, stops: WrongfulStops | None, least_judged: int, seed: int
) -> GroupFigures:
    positive = rows.label[inside] == 1
    positives, judged = int(positive.sum()), len(inside)
    precision = None
    if judged >= least_judged and LEAST_POSITIVES <= positives < judged:
        precision, _ = with_intervals(positive, rows.scores[inside], rows.units[inside], seed)
    sent, in_order = (stops.judged, stops.in_order) if stops else (0, 0)
    return GroupFigures(
        *name, judged, positives, precision, sent, in_order, stops if stops and sent >= least_judged else None
    )


def group_table(figures: Sequence[GroupFigures]) -> str:
    """The rows of the card's table, in Markdown."""
    return "\n".join(f"| {' | '.join(_cells(each))} |" for each in figures)


def group_name(it: GroupFigures) -> str:
    """Such as "age band 65-79"."""
    named = {"": "", UNKNOWN: " unknown"}.get(it.group, f" {it.group.replace('|', '/')}")
    return DIMENSIONS.get(it.dimension, ("", it.dimension))[1] + named


def beyond_words(figures: Sequence[GroupFigures], most: float, meaning: str = "") -> str:
    """Which groups exceed the bound of wrongful stops; `meaning` is what follows from it."""
    beyond = [group_name(each) for each in figures if each.stops is not None and each.stops.is_beyond]
    bound = f"the bound of {most:.0%}{meaning}"
    return f"{len(beyond)} exceed {bound}: {', '.join(beyond)}." if beyond else f"No group exceeds {bound}."


def _cells(it: GroupFigures) -> tuple[str, ...]:
    precision = "too few" if it.average_precision is None else str(it.average_precision)
    stops = "too few" if it.stops is None else str(it.stops)
    caught = "too few" if it.stops is None else f"{1 - it.stops.share:.3f}"
    return group_name(it), str(it.judged), str(it.positives), precision, str(it.sent), str(it.in_order), caught, stops


def group_metrics(figures: Sequence[GroupFigures]) -> dict[str, float]:
    """Share of wrongful stops and AP by group, as flat figures for the run; groups with too few verdicts have none."""
    flat: dict[str, float] = {}
    for each in figures:
        group = {"": "", UNKNOWN: "_unknown"}.get(each.group, "_" + re.sub(r"[^\w.-]", "_", each.group))
        name = f"group_{each.dimension}{group}"
        if each.stops is not None:
            interval = each.stops.interval
            bounds = {"": each.stops.share, "_low": interval.low, "_high": interval.high}
            flat |= {f"{name}_wrongful_stops{end}": value for end, value in bounds.items()}
        if each.average_precision is not None:
            flat[f"{name}_ap"] = each.average_precision.value
    return flat
