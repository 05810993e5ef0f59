"""Everything that the kinds of rings are found from, read once from a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.lazy import coded
from claims.tables import Array, Columns
from graphs.codes import encode
from graphs.judge import Judge
from graphs.links import JointDays, JointFinder, find_joint_days
from graphs.read import Source
from graphs.stays import Stays, read_stays
from graphs.swipes import Swipes, read_swipes
from graphs.taking import Taking, read_taking


@dataclass(frozen=True)
class Facts:
    """The claims of some stretch of time (n rows) and what follows from them.

    Attributes:
        claims: their columns.
        swipes, joint: who stood at which till, and who did so together.
        taking: what each claim took.
        judge: tells what a group takes beyond its own need.
        stays: who lay in which hospital.
        doctor: (n,) codes in `doctor_ids`, -1 none.
        is_pharmacy: (i,) a flag for each institution of `taking.institution_ids`.
    """

    claims: Columns
    swipes: Swipes
    joint: JointDays
    taking: Taking
    judge: Judge
    stays: Stays
    doctor: Array
    doctor_ids: Array
    is_pharmacy: Array


def read_facts(source: Source, find: JointFinder = find_joint_days) -> Facts:
    """Read a batch with what is registered beside it; `find` counts who swiped together."""
    batch: ClaimBatch = source.batch
    swipes = read_swipes(batch)
    joint = find(swipes)
    taking = read_taking(batch, swipes, source.patients, source.catalogue)
    doctor_ids, (doctor,) = encode(coded(batch.claims, "doctor_id"))
    ids, kinds = source.institutions["institution_id"].tolist(), source.institutions["kind"].tolist()
    kind_of = dict(zip(ids, kinds, strict=True))
    is_pharmacy = [kind_of.get(name) == "pharmacy" for name in taking.institution_ids.tolist()]
    return Facts(
        claims=batch.claims,
        swipes=swipes,
        joint=joint,
        taking=taking,
        judge=Judge(taking),
        stays=read_stays(batch, taking),
        doctor=doctor,
        doctor_ids=doctor_ids,
        is_pharmacy=np.array(is_pharmacy, dtype=np.bool_),
    )
