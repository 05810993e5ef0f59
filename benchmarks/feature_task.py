"""The task that `benchmarks.features` gives to every engine: which features, over which plain columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.tables import Array
from features.catalogue import FEATURES
from features.declare import Feature
from features.rows import ENTITIES, number
from features.windows import local_hour, window

NAMES = (
    "patient_claims_count_1d", "patient_claims_count_30d", "patient_claims_count_365d", "patient_amount_sum_7d",
    "patient_amount_sum_90d", "patient_amount_sum_365d", "patient_fund_sum_30d", "patient_amount_mean_90d",
    "patient_amount_max_365d", "patient_claims_share_90d_at_night", "patient_institution_distinct_30d",
    "patient_institution_distinct_90d", "patient_doctor_distinct_30d", "patient_active_days_30d",
    "institution_claims_count_1h", "institution_claims_count_1d", "institution_claims_count_30d",
    "institution_amount_sum_1d", "institution_amount_sum_30d", "institution_amount_mean_30d",
    "institution_patient_distinct_1d", "institution_patient_distinct_30d",
    "institution_claims_share_30d_round_amount", "doctor_claims_count_1d", "doctor_claims_count_30d",
    "doctor_amount_sum_30d", "doctor_patient_distinct_30d", "doctor_claims_share_30d_at_night",
    "patient_institution_claims_count_365d", "doctor_patient_claims_count_90d",
)  # fmt: skip
"""Thirty features of the catalogue that window functions can state: no lines, no reversals, no closed day."""

CHOSEN: tuple[Feature, ...] = tuple({feature.name: feature for feature in FEATURES}[name] for name in NAMES)
ENTITIES_USED = tuple(dict.fromkeys(feature.per for feature in CHOSEN))
SPANS = tuple(dict.fromkeys(feature.window for feature in CHOSEN))
ORDER_BITS = 23
"""s * 2**23 + order sorts by time, then by order, in one whole number; room for 8 million claims."""


def facts_of(batch: ClaimBatch) -> dict[str, Array]:
    """What the peers get: ids already numbered (we start from texts), one key for time and order, flags as 0 and 1.

    A claim without a doctor has a negative number of its own, so that no engine puts all of them into one partition.
    `begin_30d` is the first key inside the window `30d` of each claim.
    """
    claims, rows = batch.claims, np.arange(len(batch))
    s, order = claims["settled_at"], claims["recorded_order"]
    hour, amount = local_hour(s), claims["total_fen"]
    doctor = number(claims["doctor_id"])[0]
    return {
        "row": rows, "s": s, "k": (s << ORDER_BITS) + order, "day": area_day(s),
        "patient": number(claims["patient_id"])[0], "institution": number(claims["institution_id"])[0],
        "doctor": np.where(doctor >= 0, doctor, -1 - rows), "amount": amount, "fund": claims["fund_fen"],
        "at_night": ((hour >= 22) | (hour < 6)).astype(np.int64),
        "round_amount": (amount % 1_000 == 0).astype(np.int64),
        **{f"begin_{over}": window(over).start(s) << ORDER_BITS for over in SPANS},
    }  # fmt: skip


def keys_of(entity: str) -> tuple[str, ...]:
    """The columns of `facts_of` that name an entity."""
    return tuple(column.removesuffix("_id") for column in ENTITIES[entity])


def mismatches(ours: Array, theirs: Mapping[str, Array]) -> list[str]:
    """Which of the features that a peer gave have any value that differs from ours."""
    return [name for place, name in enumerate(NAMES) if name in theirs and (theirs[name] != ours[:, place]).any()]
