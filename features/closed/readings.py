"""What each asked claim reads from the learned tables, by name."""

from __future__ import annotations

from collections.abc import Callable

from claims.tables import Array
from features.closed.fit import drug_fit_least, drug_lift_least, misfit_amount_share
from features.closed.peers import PEERS, amount_against_expected, amount_against_peers
from features.closed.prescribers import at_one_pharmacy, at_this_pharmacy
from features.closed.prices import (
    fen_above_own_past,
    fen_above_region,
    item_lift_least,
    item_lift_most,
    price_over_own_past,
    price_over_region,
)
from features.rows import Rows

READINGS: dict[str, Callable[[Rows], Array]] = {
    "price_over_region": price_over_region,
    "fen_above_region": fen_above_region,
    "price_over_own_past": price_over_own_past,
    "fen_above_own_past": fen_above_own_past,
    "item_lift_least": item_lift_least,
    "item_lift_most": item_lift_most,
    "drug_fit_least": drug_fit_least,
    "drug_lift_least": drug_lift_least,
    "misfit_amount_share": misfit_amount_share,
    "amount_against_peers": amount_against_peers,
    "amount_against_expected": amount_against_expected,
    "doctor_patients_at_one_pharmacy_share": at_one_pharmacy,
    "doctor_patients_at_this_pharmacy_share": at_this_pharmacy,
    **PEERS,
}
"""Each gives (n,) values for the asked claims."""
