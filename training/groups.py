"""Whom a model would stop wrongly: the judged claims that it sends to review and reviewers found in order, by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg

from claims.tables import Array
from training.share_interval import ShareInterval, share_interval

DIMENSIONS: Mapping[str, tuple[str, str]] = {
    # name -> words in Chinese and English
    "insurance": ("险种", "insurance kind"),
    "level": ("机构级别", "level of institution"),
    "region": ("参保地", "region"),
    "age": ("年龄段", "age band"),
    "chronic": ("慢性病", "chronic"),
}

UNKNOWN = "?"

LEVEL = "coalesce(i.level, i.kind)"
CHRONIC = (
    "CASE WHEN p.patient_id IS NULL THEN NULL WHEN coalesce(p.chronic_conditions, '') = '' THEN 'no' ELSE 'yes' END"
)
"""SQL of groups, of an institution `i` and a person `p`."""


def age_band(at: str) -> str:
    """SQL of the age band of a person `p` at a moment; null where nobody knows the day of birth."""
    age = f"extract(year FROM age({at}, p.born_on))"
    bands = ((18, "0-17"), (45, "18-44"), (65, "45-64"), (80, "65-79"))
    below = " ".join(f"WHEN {age} < {limit} THEN '{name}'" for limit, name in bands)
    return f"CASE {below} WHEN {age} >= 80 THEN '80+' END"


_OF_CLAIMS = f"""SELECT c.claim_id, coalesce(c.insurance_type, p.insurance_type), {LEVEL}, coalesce(p.area, i.area),
    {age_band("c.settled_at")}, {CHRONIC}
FROM claims c
LEFT JOIN patients p USING (patient_id)
LEFT JOIN institutions i USING (institution_id)
WHERE c.claim_id = ANY(%s)"""


@dataclass(frozen=True)
class WrongfulStops:
    """One group.

    Attributes:
        dimension, group: such as "age" and "65-79"; "all" and "" for everybody.
        judged, in_order: claims that the model would send to review and that were judged, and those found in order.
        interval: of the share in order, over units.
        is_beyond: the share exceeds the bound, on enough rows to say so.
    """

    dimension: str
    group: str
    judged: int
    in_order: int
    interval: ShareInterval
    is_beyond: bool

    @property
    def share(self) -> float:
        """Share of the judged that is in order."""
        return self.in_order / self.judged

    def __str__(self) -> str:
        """The share with its interval, such as "12% (5%-22%)"; a star says that the interval is Wilson's."""
        star = "*" if self.interval.is_wilson else ""
        return f"{self.share:.0%} ({self.interval.low:.0%}-{self.interval.high:.0%}){star}"


def groups_of(connection: psycopg.Connection, claim_ids: Array) -> dict[str, Array]:
    """The group of each claim in each dimension, (n,) texts; `UNKNOWN` where nobody knows."""
    rows = connection.execute(_OF_CLAIMS.encode(), [claim_ids.tolist()]).fetchall()
    known = pd.DataFrame(rows, columns=["claim_id", *DIMENSIONS]).set_index("claim_id").reindex(claim_ids)
    return {name: known[name].fillna(UNKNOWN).to_numpy(dtype=object) for name in DIMENSIONS}


def wrongful_stops(
    groups: Mapping[str, Array],
    is_held: Array,
    label: Array,
    units: Array,
    *,
    most: float,
    least_judged: int,
    seed: int,
) -> list[WrongfulStops]:
    """The share in order among what would be sent to review, for everybody and by group.

    Args:
        groups: dimension -> (n,) group of each claim.
        is_held: (n,) claims that the model would send to review.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        units: (n,) what the bootstrap draws whole.
        most: the bound.
        least_judged: with fewer judged claims a group says nothing.
        seed: of the bootstrap.
    """
    held = np.flatnonzero(is_held & (label >= 0))
    members = {("all", ""): held}
    for dimension, of_claim in groups.items():
        names = sorted(set(of_claim[held].tolist()))
        members |= {(dimension, name): held[of_claim[held] == name] for name in names}
    found = []
    for (dimension, name), rows in members.items():
        if len(rows):
            in_order = label[rows] == 0
            is_beyond = len(rows) >= least_judged and bool(in_order.mean() > most)
            interval = share_interval(in_order, units[rows], seed)
            found.append(WrongfulStops(dimension, name, len(rows), int(in_order.sum()), interval, is_beyond))
    return found
