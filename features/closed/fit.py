"""How well the drugs of a claim fit its diagnoses, as three months of claims of everybody taught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from features.closed.asked import diagnoses_of, diagnosis, drug_class, everywhere, known_at, lines_of
from features.closed.smooth import PRIOR, largest, least, smoothed_lift
from features.closed.tables import FITS
from features.rows import Rows

POOR_LIFT = 0.25
"""A drug that is given with the diagnosis four times more rarely than with others is a poor fit."""


@dataclass(frozen=True)
class Fits:
    """The best fit of each drug line with a diagnosis of its claim; nan where nothing is known about the class.

    Attributes:
        line: (d,) places among the asked lines.
        chance: (d,) how often the class is given with the diagnosis.
        lift: (d,) how much more often than with any diagnosis.
    """

    line: Array
    chance: Array
    lift: Array


def fits(rows: Rows) -> Fits:
    """The fit of each drug line of the asked claims that have a diagnosis."""
    return rows.once("closed", "fits", lambda: _fits(rows))  # type: ignore[no-any-return]


def _fits(rows: Rows) -> Fits:
    lines, named, classes = lines_of(rows), diagnoses_of(rows), drug_class(rows)
    many = np.bincount(named.claim, minlength=len(rows.at))
    first = np.cumsum(many) - many
    drugs = np.flatnonzero((classes.codes >= 0) & (many[lines.claim] > 0))
    times = many[lines.claim[drugs]]
    drug = np.repeat(np.arange(len(drugs)), times)
    nth = np.arange(len(drug)) - np.repeat(np.cumsum(times) - times, times)
    page = diagnosis(rows).at(first[lines.claim[drugs]][drug] + nth)
    member, at = classes.at(drugs[drug]), known_at(rows)[lines.claim[drugs]][drug]
    nothing = everywhere(len(drug))
    both, part, other, whole = (
        rows.closed.read(FITS, at, *keys)[:, 0]
        for keys in ((page, member), (page, nothing), (nothing, member), (nothing, nothing))
    )
    lift = smoothed_lift(both, part, other, whole)
    chance = np.divide(both * whole + PRIOR * other, whole * (part + PRIOR), out=lift * 0, where=other > 0)
    best = [largest(values, drug, len(drugs), np.nan) for values in (chance, lift)]
    return Fits(drugs, *best)


def drug_fit_least(rows: Rows) -> Array:
    """The smallest chance of a drug's class, given the best fitting diagnosis of the claim."""
    found = fits(rows)
    return least(found.chance, lines_of(rows).claim[found.line], len(rows.at), 1.0)


def drug_lift_least(rows: Rows) -> Array:
    """The smallest lift of a drug's class, given the best fitting diagnosis of the claim."""
    found = fits(rows)
    return least(found.lift, lines_of(rows).claim[found.line], len(rows.at), 1.0)


def misfit_amount_share(rows: Rows) -> Array:
    """The part of the money for drugs with a known fit that goes to poor fits; zero without such drugs."""
    found, lines = fits(rows), lines_of(rows)
    money = np.maximum(rows.lines["amount_fen"][lines.row[found.line]], 0)
    known = np.where(np.isnan(found.lift), 0, money)
    poor = np.where(found.lift < POOR_LIFT, known, 0)
    claim, size = lines.claim[found.line], len(rows.at)
    above, below = np.bincount(claim, poor, size), np.bincount(claim, known, size)
    return np.divide(above, below, out=np.zeros(size), where=below > 0)
