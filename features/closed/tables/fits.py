"""For each diagnosis ('' for all) and drug class ('' for all): claims with both, of those with any of each."""

from __future__ import annotations

import numpy as np

from features.closed.cut import EVERYTHING, Cut, Learned
from features.closed.runs import Runs


def learn(cut: Cut) -> Learned:
    """Settlements; how many there are in all is always said."""
    diagnosis, drug, claims = (cut.fits[name] for name in ("diagnosis", "class", "claims"))
    runs, whole = Runs(diagnosis, drug), np.array([EVERYTHING])
    none = (whole, whole, (np.zeros_like(whole),))
    parts = [] if np.any((diagnosis == EVERYTHING) & (drug == EVERYTHING)) else [none]
    return Learned(
        cut.texts["diagnosis"],
        cut.texts["class"],
        [*parts, (runs.of(diagnosis), runs.of(drug), (runs.total(claims),))],
    )
