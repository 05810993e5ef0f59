"""Slow columns: institutions and doctors, from all claims of the window; recomputed once a week."""

import numpy as np

from claims.tables import Array
from graphs.judge import WINDOW_DAYS
from graphs.neighbourhood import over_links, shared_counts
from graphs.taking import Taking

PHARMACY_LEAST_CUSTOMERS = 5
"""Below so many pharmacy customers a doctor's concentration says nothing and is 0."""


def window_rows(taking: Taking, day: int) -> Array:
    """Settlements of the last 180 days that were known before the day began and not yet taken back."""
    return np.flatnonzero(
        taking.is_settlement
        & (taking.known_day < day)
        & (taking.day >= day - WINDOW_DAYS)
        & (taking.returned_day >= day)
    )


def institution_columns(taking: Taking, rows: Array, in_ring: Array, rings_at: Array, surprise_at: Array) -> Array:
    """The institutions' columns.

    Args:
        taking: what each claim took.
        rows: the claims of the window.
        in_ring: (p,) flag a patient.
        rings_at: (i,) rings seen at each institution.
        surprise_at: (i,) nats of joint swipes there.

    Returns:
        (i, 5) in the order of NODE_COLUMNS.
    """
    count, patients = len(taking.institution_ids), len(in_ring)
    visits = np.unique(taking.institution[rows] * patients + taking.patient[rows])
    place, patient = visits // max(patients, 1), visits % max(patients, 1)
    size = np.maximum(np.bincount(place, minlength=count), 1)
    ring_share = np.bincount(place, in_ring[patient], count) / size
    elsewhere = np.bincount(patient, minlength=patients)[patient] > 1
    claims = np.bincount(taking.institution[rows], minlength=count)
    left, right, _ = shared_counts(place, patient, count, patients)
    near = over_links(left, right, ring_share[:, None])[:, 1]
    return np.column_stack(
        [
            ring_share,
            rings_at,
            surprise_at / np.maximum(claims, 1),
            np.bincount(place, elsewhere, count) / size,
            near,
        ]
    )


def doctor_columns(
    taking: Taking, rows: Array, doctor: Array, doctors: int, is_pharmacy: Array, in_ring: Array
) -> Array:
    """The doctors' columns.

    Args:
        taking: what each claim took.
        rows: the claims of the window.
        doctor: (n,) doctor code a claim, -1 none.
        doctors: how many doctors.
        is_pharmacy: (i,) flag an institution.
        in_ring: (p,) flag a patient.

    Returns:
        (doctors, 2) in the order of NODE_COLUMNS.
    """
    patients = len(in_ring)
    seen = rows[doctor[rows] >= 0]
    pairs = np.unique(doctor[seen] * patients + taking.patient[seen])
    who, patient = pairs // max(patients, 1), pairs % max(patients, 1)
    ring_share = np.bincount(who, in_ring[patient], doctors) / np.maximum(np.bincount(who, minlength=doctors), 1)
    bought = rows[is_pharmacy[taking.institution[rows]]]
    return np.column_stack([ring_share, _top_share(who, patient, doctors, taking, bought)])


def _top_share(who: Array, patient: Array, doctors: int, taking: Taking, bought: Array) -> Array:
    """Share of a doctor's pharmacy-going patients who go to the pharmacy that most of them use."""
    places = max(len(taking.institution_ids), 1)
    visits = np.unique(taking.patient[bought] * places + taking.institution[bought])
    customers, pharmacy = visits // places, visits % places
    starts, stops = np.searchsorted(customers, patient), np.searchsorted(customers, patient, "right")
    lengths = stops - starts
    owner = np.repeat(np.arange(len(who)), lengths)
    visit = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)
    pairs, users = np.unique(who[owner] * places + pharmacy[visit], return_counts=True)
    most = np.zeros(doctors)
    np.maximum.at(most, pairs // places, users)
    customers_of = np.bincount(who, lengths > 0, doctors)
    return np.where(customers_of >= PHARMACY_LEAST_CUSTOMERS, most / np.maximum(customers_of, 1), 0.0)
