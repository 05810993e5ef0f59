"""Columns of institutions from the patients and doctors whom they share, for models of whole institutions."""

import numpy as np

from claims.tables import SETTLEMENT, Array, Columns
from graphs.codes import encode
from graphs.neighbourhood import over_links, shared_counts

DOCTOR_ROLES = ("doctor_id", "operating_doctor_id", "other_doctor_id")

OWN_NAMES = (
    "claims",
    "fund_fen_sum",
    "fund_fen_mean",
    "patients",
    "claims_per_patient",
    "doctors",
    "claims_per_doctor",
)


def institution_link_columns(claims: Columns) -> tuple[Array, tuple[str, ...], Array]:
    """For each institution: whom it shares with others, and what those others look like; no verdicts are used.

    Args:
        claims: the columns of `CLAIMS`, settlements and reversals in any order; only settlements count.

    Returns:
        (ids, names, matrix): i sorted institution ids, k column names, (i, k) float64.
    """
    kept = claims["kind"] == SETTLEMENT
    ids, (place,) = encode(claims["institution_id"][kept])
    _, (patient,) = encode(claims["patient_id"][kept])
    _, roles = encode(*(claims[role][kept] for role in DOCTOR_ROLES))
    places, doctor = np.tile(place, len(roles)), np.concatenate(roles)
    own = _own(place, patient, places, doctor, claims["fund_fen"][kept], len(ids))
    names, parts = [f"institution_{name}" for name in OWN_NAMES], [own]
    for what, owner, item in (("patients", place, patient), ("doctors", places, doctor)):
        more_names, columns = _shared(what, owner, item, own)
        names += more_names
        parts.append(columns)
    more_names, columns = _doctors(places, doctor, roles, place)
    return ids, (*names, *more_names), np.column_stack([*parts, columns])


def _own(place: Array, patient: Array, places: Array, doctor: Array, fund_fen: Array, count: int) -> Array:
    """The institution's own totals, in the order of OWN_NAMES."""
    claims = np.bincount(place, minlength=count)
    money = np.bincount(place, fund_fen, count)
    patients, doctors = _distinct(place, patient, count), _distinct(places, doctor, count)
    per_claim, per_doctor = money / np.maximum(claims, 1), claims / np.maximum(doctors, 1)
    return np.column_stack([claims, money, per_claim, patients, claims / np.maximum(patients, 1), doctors, per_doctor])


def _links(owner: Array, item: Array) -> tuple[Array, Array]:
    """Each (owner, item) once, without the unknown."""
    real = item >= 0
    width = int(item.max(initial=0)) + 1
    pairs = np.unique(owner[real] * width + item[real])
    return pairs // width, pairs % width


def _distinct(owner: Array, item: Array, count: int) -> Array:
    return np.bincount(_links(owner, item)[0], minlength=count)


def _shared(what: str, owner: Array, item: Array, own: Array) -> tuple[list[str], Array]:
    """Sharing of one kind of person: how many, with how many others, how strongly, and who the others are."""
    count, items = len(own), int(item.max(initial=0)) + 1
    one_owner, one_item = _links(owner, item)
    homes = np.bincount(one_item, minlength=items)
    size = np.maximum(np.bincount(one_owner, minlength=count), 1)
    elsewhere = np.bincount(one_owner, homes[one_item] > 1, count)
    homes_mean = np.bincount(one_owner, homes[one_item], count) / size
    left, right, shared = shared_counts(one_owner, one_item, count, items)
    strongest = np.zeros(count)
    np.maximum.at(strongest, np.concatenate([left, right]), np.tile(shared, 2))
    around = over_links(left, right, own)
    names = [f"{what}_elsewhere", f"{what}_elsewhere_share", f"{what}_institutions_mean", f"{what}_strongest_share"]
    names += [f"{what}_neighbours", f"{what}_neighbours_per_one"]
    names += [f"{what}_neighbours_{name}_{how}" for how in ("mean", "max") for name in OWN_NAMES]
    columns = [
        elsewhere,
        elsewhere / size,
        homes_mean,
        strongest / size,
        around[:, 0],
        around[:, 0] / size,
        around[:, 1:],
    ]
    return [f"institution_{name}" for name in names], np.column_stack(columns)


def _doctors(places: Array, doctor: Array, roles: list[Array], place: Array) -> tuple[list[str], Array]:
    """How the institution's claims lie on doctors: concentration, doctors of one place only, roles filled."""
    count = int(place.max(initial=-1)) + 1
    real = doctor >= 0
    width = int(doctor.max(initial=0)) + 1
    pairs, worked = np.unique(places[real] * width + doctor[real], return_counts=True)
    owner, who = pairs // width, pairs % width
    homes = np.bincount(who, minlength=width)
    total = np.maximum(np.bincount(owner, worked, count), 1)
    busiest = np.zeros(count)
    np.maximum.at(busiest, owner, worked)
    concentration = np.bincount(owner, worked.astype(np.float64) ** 2, count) / total**2
    only_here = np.bincount(owner, worked * (homes[who] == 1), count) / total
    all_claims = np.bincount(who, worked, width)
    time_here = np.bincount(owner, worked / np.maximum(all_claims[who], 1), count)
    own_share = time_here / np.maximum(np.bincount(owner, minlength=count), 1)
    claims = np.maximum(np.bincount(place, minlength=count), 1)
    filled = [np.bincount(place, role >= 0, count) / claims for role in roles]
    same = np.bincount(place, (roles[0] >= 0) & (roles[0] == roles[1]), count) / claims
    names = ["busiest_doctor_share", "doctor_concentration", "claims_by_own_doctors_share", "doctors_time_here_mean"]
    names += ["attending_named_share", "operating_named_share", "other_named_share", "attending_operates_share"]
    columns = [busiest / total, concentration, only_here, own_share, *filled, same]
    return [f"institution_{name}" for name in names], np.column_stack(columns)
