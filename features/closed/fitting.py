"""Which diagnoses and drug classes of a claim stand beside each other, and which diagnosis is the main one."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.cut import EVERYTHING
from features.closed.runs import Runs, paired
from features.compiled import compiled


def combinations(named: Array, diagnosis: Array, taken: Array, drug: Array) -> tuple[Array, Array, Array]:
    """Each diagnosis of a claim with each of its drug classes, once; and with `EVERYTHING` in place of either or both.

    Args:
        named: d claims, of the diagnoses.
        diagnosis: (d,)
        taken: c claims, of the drug classes.
        drug: (c,)

    Returns:
        Claim, diagnosis and drug class; of claims that have both.
    """
    both = np.intersect1d(named, taken)
    is_named, is_taken = np.isin(named, both), np.isin(taken, both)
    some, drugs = Runs(named[is_named], diagnosis[is_named]), Runs(taken[is_taken], drug[is_taken])
    named, diagnosis = some.of(named[is_named]), some.of(diagnosis[is_named])
    taken, drug = drugs.of(taken[is_taken]), drugs.of(drug[is_taken])
    first, second = paired(named, taken)
    return (
        np.concatenate([named[first], named, taken, both]),
        np.concatenate([diagnosis[first], diagnosis, np.full(len(taken) + len(both), EVERYTHING)]),
        np.concatenate([drug[second], np.full(len(named), EVERYTHING), drug, np.full(len(both), EVERYTHING)]),
    )


@compiled
def main_of(claim: Array, diagnosis: Array, is_main: Array, sequence: Array, size: int) -> Array:
    """The first main diagnosis of each of `size` claims, else its first one, -1 without any.

    Args:
        claim: d diagnoses, their claims.
        diagnosis: (d,)
        is_main: (d,)
        sequence: (d,) number within the claim.
        size: how many claims.
    """
    best = np.full(size, -1, np.int64)
    for row in range(claim.size):
        other = best[claim[row]]
        if other < 0 or (is_main[row], -sequence[row]) > (is_main[other], -sequence[other]):
            best[claim[row]] = row
    found = np.full(size, -1, np.int64)
    for one in range(size):
        if best[one] >= 0:
            found[one] = diagnosis[best[one]]
    return found
