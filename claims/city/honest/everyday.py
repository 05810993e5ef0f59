"""Everyday illness: outpatient visits and pharmacy purchases, as many as the country's bulletins count."""

from __future__ import annotations

import numpy as np

from claims.city.dice import around, dice, pick
from claims.city.fill import acute_drugs, consultation, examinations_worth, usual_clinic, usual_pharmacy
from claims.city.places import CHILDREN, EMERGENCY, PRIMARY
from claims.city.visits import (
    ACCOUNT,
    ACUTE_CARE,
    INPATIENT,
    OUTPATIENT,
    Block,
    World,
    amounts_fen,
    drug_lines,
    in_period,
    stack,
    visits,
)
from claims.city.waves import ALL_HOURS, CLINIC_HOURS, SHOP_HOURS, at_hours, day_weights, days_of, off_weekends
from claims.tables import Array, Columns

# Visits a year and mean fen of a visit in 2025, employees then residents (bulletin of the national bureau).
OUTPATIENT_A_YEAR, OUTPATIENT_FEN = (8.1, 3.2), (28_200, 17_900)
PURCHASES_A_YEAR, PURCHASE_FEN = (5.8, 0.05), (9_600, 9_600)
LEAST_SHARE = 0.25  # of the intended visits stay everyday ones, whatever the chronically ill already make


def outpatients(world: World, before: Block) -> Block:
    """Fills up the outpatient visits of each insurance to the bulletin's number and mean amount."""
    rng = dice(world.plan.seed, "outpatients")
    shop = world.places.columns["level"][before.visits["institution"]] > PRIMARY
    counted = ~shop & (before.visits["care"] != INPATIENT)
    person, mean = _fill_up(rng, world, before, counted, OUTPATIENT_A_YEAR, OUTPATIENT_FEN)
    n = len(person)
    complaint = _complaints(rng, world, person)
    entries = world.medicine.complaints
    winter = np.array([entry.get("winter", 0.0) for entry in entries])[complaint]
    day = np.where(
        winter > 0,
        days_of(rng, world.plan, n, day_weights(world.plan, winter=0.7)),
        days_of(rng, world.plan, n, day_weights(world.plan)),
    )
    is_emergency = rng.random(n) < 0.05
    served = np.where(
        is_emergency, at_hours(rng, day, ALL_HOURS), at_hours(rng, off_weekends(rng, day, 0.55), CLINIC_HOURS)
    )
    is_child = world.people.columns["age"][person] < 14
    place = usual_clinic(world, rng, person, to_hospital=0.45)
    place = np.where(is_emergency | (is_child & (rng.random(n) < 0.6)), world.people.hospital[person], place)
    department = np.array([entry["department"] for entry in entries])[complaint]
    department = np.where(is_emergency, EMERGENCY, np.where(is_child, CHILDREN, department))
    care = np.where(is_emergency, ACUTE_CARE, OUTPATIENT)
    diagnosis = complaint + len(world.medicine.conditions)
    head = visits(person, place, served, care, diagnosis=diagnosis, specialty=department)
    cheap_or_dear = np.array([1.7, 1.25, 0.55])[world.places.columns["level"][place]]
    worth = around(rng, mean * cheap_or_dear / cheap_or_dear.mean(), 0.75)
    start = [acute_drugs(world, rng, complaint), consultation(world, rng, place, is_emergency)]
    left = worth - amounts_fen(Block(head, stack(start)), world.places)
    return in_period(Block(head, stack([*start, examinations_worth(world, rng, left)])), world.plan)


def purchases(world: World, before: Block) -> Block:
    """Fills up the pharmacy purchases to the bulletin's number and mean amount; paid from the personal account."""
    rng = dice(world.plan.seed, "purchases")
    counted = world.places.columns["level"][before.visits["institution"]] > PRIMARY
    person, mean = _fill_up(rng, world, before, counted, PURCHASES_A_YEAR, PURCHASE_FEN)
    n = len(person)
    day = days_of(rng, world.plan, n, day_weights(world.plan, winter=0.2, weekend=1.3, payday=0.5))
    shop = usual_pharmacy(world, rng, person)
    late = world.places.columns["is_all_night"][shop] & (rng.random(n) < 0.06)
    served = np.where(late, at_hours(rng, day, ALL_HOURS), at_hours(rng, day, SHOP_HOURS))
    worth = around(rng, mean, 0.7)
    head = visits(person, shop, served, ACCOUNT)
    return in_period(Block(head, _basket(world, rng, person, worth)), world.plan)


def _fill_up(
    rng: np.random.Generator,
    world: World,
    before: Block,
    counted: Array,
    a_year: tuple[float, float],
    fen: tuple[int, int],
) -> tuple[Array, Array]:
    """Persons who come besides those that already did, and the mean amount that brings everybody's to `fen`."""
    insured = world.people.columns["insurance"]
    amounts = amounts_fen(before, world.places)
    persons, means = [], []
    for group in (0, 1):
        mine = counted & (insured[before.visits["person"]] == group)
        rows = np.flatnonzero(insured == group)
        wanted = a_year[group] * world.plan.years * len(rows)
        size = int(max(wanted - mine.sum(), wanted * LEAST_SHARE))
        mean = (fen[group] * (mine.sum() + size) - amounts[mine].sum()) / max(size, 1)
        persons.append(rows[pick(rng, size, _appetite(world.people.columns, rows))])
        means.append(np.full(size, np.clip(mean, fen[group] * 0.4, fen[group] * 2.5)))
    return np.concatenate(persons), np.concatenate(means)


def _appetite(columns: Columns, rows: Array) -> Array:
    by_age = np.array([1.6, 0.7, 0.8, 1.2, 1.5, 1.6])
    return np.asarray(
        columns["frailty"][rows] * by_age[np.searchsorted([7, 18, 45, 60, 75], columns["age"][rows], side="right")]
    )


def _complaints(rng: np.random.Generator, world: World, person: Array) -> Array:
    """A complaint that fits each person's sex and age."""
    entries, columns = world.medicine.complaints, world.people.columns
    drawn = pick(rng, len(person), np.array([entry["weight"] for entry in entries], dtype=np.float64))
    least = np.array([entry.get("least", 0) for entry in entries])[drawn]
    most = np.array([entry.get("most", 200) for entry in entries])[drawn]
    sex = np.array([int(entry.get("sex", 0)) for entry in entries])[drawn]
    age = columns["age"][person]
    fits = (age >= least + 1) & (age <= most - 1) & ((sex == 0) | (sex == columns["sex"][person]))
    return np.where(fits, drawn, 0)


def _basket(world: World, rng: np.random.Generator, person: Array, worth: Array) -> dict[str, Array]:
    medicine, people = world.medicine, world.people
    names = ("respiratory", "pain", "stomach", "tonic", "heart", "bone")
    shelf = np.concatenate([medicine.pools[name] for name in names])
    n, number = len(person), 1 + rng.binomial(2, 0.4, len(person))
    taste = rng.integers(0, len(shelf), n)
    parts = []
    for step in range(3):
        rows = np.flatnonzero(number > step)
        item = shelf[(taste[rows] + step * 5) % len(shelf)]
        condition = np.argmax(people.has[person[rows]], axis=1)
        own = (
            people.has[person[rows], condition]
            & (rng.random(len(rows)) < 0.12)
            & (condition < medicine.condition("dialysis"))
        )
        item = np.where(own, people.regimen[person[rows], condition], item)
        # The dear ones go to those who meant to spend much.
        dear = medicine.items["price_fen"][item] > worth[rows] * 1.6
        item = np.where(dear, shelf[taste[rows] % 12], item)
        packs = np.round(worth[rows] / number[rows] / medicine.items["price_fen"][item])
        packs = np.clip(packs, 1, np.maximum(np.ceil(45 / np.maximum(medicine.items["days_per_pack"][item], 1)), 1))
        parts.append(drug_lines(medicine, rows, item, packs.astype(np.int64)))
    return stack(parts)
