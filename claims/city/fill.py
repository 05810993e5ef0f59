"""Fills visits with consultations, drugs and tests up to an intended amount."""

from __future__ import annotations

import numpy as np

from claims.city.places import PHARMACY, PRIMARY, TERTIARY
from claims.city.visits import World, drug_lines, lines, stack
from claims.tables import Array


def consultation(
    world: World, rng: np.random.Generator, institution: Array, is_emergency: Array | bool
) -> dict[str, Array]:
    """The doctor's fee of each visit: general, expert (at large hospitals, sometimes) or emergency; none at shops."""
    plain, expert, rescue = world.medicine.pools["visit_fee"]
    columns = world.places.columns
    large = (columns["level"][institution] == TERTIARY) & (rng.random(len(institution)) < 0.45)
    item = np.where(is_emergency, rescue, np.where(large, expert, plain))
    rows = np.flatnonzero(columns["kind"][institution] != PHARMACY)
    return lines(rows, item[rows], 1)


def examinations_worth(world: World, rng: np.random.Generator, fen: Array, most: int = 4) -> dict[str, Array]:
    """Tests and treatments of each visit that together cost about `fen`; none where it is below the cheapest."""
    medicine = world.medicine
    ladder = np.concatenate([medicine.pools["tests"], medicine.pools["treatment"]])
    ladder = ladder[np.argsort(medicine.items["price_fen"][ladder], kind="stable")]
    prices = medicine.items["price_fen"][ladder] * 0.93
    left = np.maximum(np.asarray(fen, dtype=np.float64), 0)
    parts = []
    for step in range(most):
        share = left if step == most - 1 else left * rng.uniform(0.35, 1.0, len(left))
        chosen = np.searchsorted(prices, share, side="right") - 1
        rows = np.flatnonzero(chosen >= 0)
        parts.append(lines(rows, ladder[chosen[rows]], 1))
        left[rows] -= prices[chosen[rows]]
    return stack(parts)


def acute_drugs(world: World, rng: np.random.Generator, complaint: Array, most: int = 3) -> dict[str, Array]:
    """None to `most` different drugs of each complaint's pool, one or two packs each."""
    medicine = world.medicine
    pools = [medicine.pools[entry["pool"]] for entry in medicine.complaints]
    table = np.stack([np.resize(pool, 12) for pool in pools])
    lengths = np.array([len(pool) for pool in pools])
    n = len(complaint)
    number, start = rng.integers(0, most + 1, n), rng.integers(0, 12, n)
    parts = []
    for step in range(most):
        rows = np.flatnonzero((number > step) & (lengths[complaint] > step))
        item = table[complaint[rows], (start[rows] + step) % lengths[complaint[rows]] % 12]
        parts.append(drug_lines(medicine, rows, item, 1 + (rng.random(len(rows)) < 0.25)))
    return stack(parts)


def usual_clinic(world: World, rng: np.random.Generator, person: Array, to_hospital: float) -> Array:
    """Where each person sees a doctor: a near primary clinic mostly the nearest, or the usual hospital."""
    people = world.people
    near = np.minimum(rng.geometric(0.75, len(person)) - 1, 2)
    clinic = people.clinics[person, near]
    hospital = people.hospital[person]
    other = world.places.of_level(PRIMARY)
    clinic = np.where(rng.random(len(person)) < 0.04, other[rng.integers(0, len(other), len(person))], clinic)
    return np.where(rng.random(len(person)) < to_hospital, hospital, clinic)


def usual_pharmacy(world: World, rng: np.random.Generator, person: Array) -> Array:
    """Where each person buys: mostly one of the three nearest, sometimes on the way to somewhere."""
    near = np.minimum(rng.geometric(0.7, len(person)) - 1, 2)
    shop = world.people.pharmacies[person, near]
    kind = np.flatnonzero(world.places.columns["kind"] == PHARMACY)
    return np.where(rng.random(len(person)) < 0.10, kind[rng.integers(0, len(kind), len(person))], shop)
