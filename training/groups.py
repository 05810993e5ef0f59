"""Whom a model would stop wrongly: the judged claims that it sends to review and reviewers found in order, by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg

from audit.life.past_verdicts import share
from claims.tables import Array

DIMENSIONS: Mapping[str, tuple[str, str]] = {
    # name -> words in Chinese and English
    "insurance": ("险种", "insurance kind"),
    "level": ("机构级别", "level of institution"),
    "region": ("参保地", "region"),
    "age": ("年龄段", "age band"),
    "chronic": ("慢性病", "chronic"),
}

UNKNOWN = "?"

_OF_CLAIMS = """SELECT c.claim_id,
    coalesce(c.insurance_type, p.insurance_type) AS insurance,
    coalesce(i.level, i.kind) AS level,
    coalesce(p.area, i.area) AS region,
    CASE WHEN a.age < 18 THEN '0-17' WHEN a.age < 45 THEN '18-44' WHEN a.age < 65 THEN '45-64'
        WHEN a.age < 80 THEN '65-79' WHEN a.age >= 80 THEN '80+' END AS age,
    CASE WHEN coalesce(p.chronic_conditions, '') = '' THEN 'no' ELSE 'yes' END AS chronic
FROM claims c
LEFT JOIN patients p USING (patient_id)
LEFT JOIN institutions i USING (institution_id)
LEFT JOIN LATERAL (SELECT extract(year FROM age(c.settled_at, p.born_on)) AS age WHERE p.born_on IS NOT NULL) a ON true
WHERE c.claim_id = ANY(%s)"""


@dataclass(frozen=True)
class WrongfulStops:
    """One group.

    Attributes:
        dimension, group: such as "age" and "65-79"; "all" and "" for everybody.
        judged, in_order: claims that the model would send to review and that were judged, and those found in order.
        low, high: 95% interval of the share (Wilson).
        is_beyond: the share exceeds the bound, on enough rows to say so.
    """

    dimension: str
    group: str
    judged: int
    in_order: int
    low: float
    high: float
    is_beyond: bool

    @property
    def share(self) -> float:
        """Share of the judged that is in order."""
        return self.in_order / self.judged


def groups_of(connection: psycopg.Connection, claim_ids: Array) -> dict[str, Array]:
    """The group of each claim in each dimension, (n,) texts; `UNKNOWN` where nobody knows."""
    rows = connection.execute(_OF_CLAIMS, [claim_ids.tolist()]).fetchall()
    known = pd.DataFrame(rows, columns=["claim_id", *DIMENSIONS]).set_index("claim_id").reindex(claim_ids)
    return {name: known[name].fillna(UNKNOWN).to_numpy(dtype=object) for name in DIMENSIONS}


def wrongful_stops(
    groups: Mapping[str, Array], is_held: Array, label: Array, most: float, least_judged: int
) -> list[WrongfulStops]:
    """The share in order among what would be sent to review, for everybody and by group.

    Args:
        groups: dimension -> (n,) group of each claim.
        is_held: (n,) claims that the model would send to review.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        most: the bound.
        least_judged: with fewer judged claims a group says nothing.
    """
    held = np.flatnonzero(is_held & (label >= 0))
    found = [_stops("all", "", label[held], most, least_judged)]
    for dimension, of_claim in groups.items():
        of_held = of_claim[held]
        names = sorted(set(of_held.tolist()))
        found += [_stops(dimension, name, label[held][of_held == name], most, least_judged) for name in names]
    return [each for each in found if each is not None]


def _stops(dimension: str, group: str, label: Array, most: float, least_judged: int) -> WrongfulStops | None:
    judged, in_order = len(label), int((label == 0).sum())
    spread = share(in_order, judged)
    if spread is None:
        return None
    is_beyond = judged >= least_judged and in_order / judged > most
    return WrongfulStops(dimension, group, judged, in_order, spread["low"] or 0.0, spread["high"] or 0.0, is_beyond)
