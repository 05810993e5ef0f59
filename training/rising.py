"""Columns that can only make a claim more suspicious: the trees may not learn from noise that more of them is better.

Each is a measure of what a scheme does, or of what was found before; where honest people have more of it for a good
reason (long prescriptions, many visits of the ill), it is not in this list.
"""

from __future__ import annotations

from collections.abc import Sequence

RISING = frozenset(
    {
        "patient_class_early_refills_count_180d",
        "patient_classes_over_count",
        "patient_ring_score",
        "patient_ring_joint_days_180d",
        "patient_joint_swipe_partners_90d",
        "patient_joint_swipe_days_90d",
        "patient_joint_surprise_sum_180d",
        "patient_partners_surprise_mean_180d",
        "patient_partners_ring_score_max",
        "patient_second_partners_ring_score_max",
        "patient_confirmed_closeness",
        "institution_ring_patient_share_180d",
        "doctor_ring_patient_share_180d",
        "institution_neighbours_ring_share_mean_180d",
        "till_ring_mates_distinct_15m",
        "till_ring_cards_distinct_15m",
        "patient_is_during_stay",
        "patient_claims_during_this_stay_count",
        "patient_items_again_count_1d",
        "claim_price_against_ceiling",
        "claim_fen_above_region",
        "doctor_claims_count_elsewhere_1h",
        "patient_confirmed_claims_count_365d",
        "patient_confirmed_amount_sum_365d",
        "doctor_confirmed_claims_count_365d",
        "institution_confirmed_claims_count_365d",
        "claim_rules_definite_count",
        "claim_rules_highly_count",
        "claim_rules_slightly_count",
    }
)


def constraints(names: Sequence[str]) -> list[int]:
    """LightGBM's `monotone_constraints`: 1 for a rising column, 0 for any other.

    >>> constraints(["claim_hour", "patient_ring_score"])
    [0, 1]
    """
    return [int(name in RISING) for name in names]
