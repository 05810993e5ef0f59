"""For each main diagnosis ('' for all), benefit, age band, kind and level of institution: settlements and their sum."""

from __future__ import annotations

import numpy as np

from features.closed.ages import bands_of
from features.closed.cut import EVERYTHING, NO_DIAGNOSIS, Cut, Learned
from features.closed.runs import Runs, joined


def learn(cut: Cut) -> Learned:
    """Settlements and fen."""
    claims, texts = cut.claims, cut.texts
    member, members = joined(
        (claims["benefit"], texts["benefit"]), bands_of(claims["age"]), (claims["peers"], texts["peers"])
    )
    pages = [*texts["diagnosis"], NO_DIAGNOSIS]
    page = np.where(claims["diagnosis"] < 0, len(pages) - 1, claims["diagnosis"])
    parts = []
    for one in (page, np.full(len(page), EVERYTHING)):
        runs = Runs(one, member)
        parts.append((runs.of(one), runs.of(member), (runs.sizes, runs.total(claims["fen"]))))
    return Learned(pages, members, parts)
