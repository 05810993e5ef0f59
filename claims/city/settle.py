"""Turns visits into settlements and reversals with clocks and staff, in time order, so that no id tells anything."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.mistakes import excess_fen
from claims.city.places import PHARMACIST, PHARMACY, TILL
from claims.city.visits import INPATIENT, Block, World, join, keep, line_prices
from claims.clock import DAY, HOUR
from claims.tables import Array

NETWORKED, MANUAL = 0, 1
REFUNDED, PARTLY_REFUNDED, CYCLED_BY_MISTAKE = 0.006, 0.003, 0.001
MANUAL_SHARE = 0.004
LATE_SHARE, LATE_DAYS = 0.006, 10
WITHOUT_DAYS = 0.04  # of drug lines, besides the institutions that never send days of supply


def settle(world: World, block: Block) -> Block:
    """Settlements and reversals in time order.

    Returns:
        The block with more columns. Visits: settled, known, channel, is_reversal, reverses (row, -1), is_refunded,
        visit_number. Lines: reverses_line (row, -1), amount_fen, excess_fen; lines sorted by claim.
    """
    block = _with_staff(world, _with_clocks(world, block))
    block = _with_prices(world, block)
    block = join([block, *_reversals(world, block)])
    return _in_time_order(world, block)


def _with_staff(world: World, block: Block) -> Block:
    rng = dice(world.plan.seed, "staff")
    visits, places = dict(block.visits), world.places
    place = visits["institution"]
    till = places.any_of(rng, place, TILL)
    pharmacist = places.any_of(rng, place, PHARMACIST)
    shop = places.columns["kind"][place] == PHARMACY
    doctor = np.full(len(block), -1)
    doctor[~shop] = places.doctor_on_duty(rng, place[~shop], visits["specialty"][~shop], visits["served"][~shop])
    visits["till"] = np.where(visits["till"] >= 0, visits["till"], till)
    visits["doctor"] = np.where(visits["doctor"] >= 0, visits["doctor"], np.where(shop, pharmacist, doctor))
    return Block(visits, block.lines)


def _with_clocks(world: World, block: Block) -> Block:
    rng = dice(world.plan.seed, "clocks")
    visits, n = dict(block.visits), len(block)
    shop = world.places.columns["kind"][visits["institution"]] == PHARMACY
    usual = np.where(shop, rng.integers(10, 120, n), np.minimum(rng.lognormal(7.0, 0.6, n), 5 * HOUR))
    visits["gap"] = np.where(visits["gap"] >= 0, visits["gap"], usual.astype(np.int64))
    end = (world.plan.first + world.plan.days) * DAY
    # Who was given a till was planned by the moment of the swipe itself.
    visits["served"] = np.where(visits["till"] >= 0, visits["served"] - visits["gap"], visits["served"])
    settled = visits["served"] + visits["gap"]
    by_hand = rng.integers(20, 90, n) * DAY
    manual = (rng.random(n) < MANUAL_SHARE) & ~shop & (visits["scheme"] < 0) & (settled + by_hand < end)
    visits["channel"] = np.where(manual, MANUAL, NETWORKED)
    visits["settled"] = np.where(manual, (settled + by_hand) // DAY * DAY + rng.integers(9, 17, n) * HOUR, settled)
    visits |= {"is_reversal": np.zeros(n, np.int64), "reverses": np.full(n, -1), "is_refunded": np.zeros(n, np.int64)}
    return keep(Block(visits, block.lines), visits["settled"] < end)


def _with_prices(world: World, block: Block) -> Block:
    rng = dice(world.plan.seed, "days of supply")
    lines = dict(block.lines)
    lines["price_fen"] = line_prices(block, world.places)
    lines["amount_fen"] = (lines["price_fen"] * lines["quantity_e4"] + 5_000) // 10_000
    lines["excess_fen"] = excess_fen(world, block)
    told = world.places.columns["keeps_days"][block.visits["institution"][lines["visit"]]]
    told &= rng.random(len(told)) > WITHOUT_DAYS
    lines["days"] = np.where(told, lines["days"], -1)
    lines["reverses_line"] = np.full(len(told), -1)
    lines["row"] = np.arange(len(told))
    return Block(block.visits, lines)


def _reversals(world: World, block: Block) -> list[Block]:
    """Full refunds, part refunds, and second settlements after a refund; marks the refunded in `block`."""
    rng = dice(world.plan.seed, "reversals")
    visits, n = block.visits, len(block)
    end = (world.plan.first + world.plan.days) * DAY
    luck = rng.random(n)
    stays = visits["care"] == INPATIENT
    cycled = (visits["is_cycled"] == 1) | ((luck < CYCLED_BY_MISTAKE) & ~stays)
    full = (luck >= CYCLED_BY_MISTAKE) & (luck < CYCLED_BY_MISTAKE + REFUNDED) & ~cycled
    part = (luck > 1 - PARTLY_REFUNDED) & ~cycled & ~stays
    part &= np.bincount(block.lines["visit"], minlength=n) > 1
    soon, later = rng.integers(90, 1_500, n), rng.integers(600, 3 * DAY, n)
    moment = visits["settled"] + np.where(cycled, soon, later)
    full, part, cycled = (mask & (moment + 900 < end) for mask in (full, part, cycled))
    visits["is_refunded"][full | cycled] = 1
    again = keep(block, cycled)
    again_visits = dict(again.visits) | {"settled": moment[cycled] + rng.integers(20, 600, int(cycled.sum()))}
    again_visits["is_refunded"] = np.zeros(len(again), np.int64)
    return [
        _taken_back(block, full | cycled, moment),
        _one_line_back(rng, block, part, moment),
        Block(again_visits, again.lines),
    ]


def _taken_back(block: Block, mask: Array, moment: Array) -> Block:
    back = keep(block, mask)
    visits = dict(back.visits) | {"settled": moment[mask], "reverses": np.flatnonzero(mask)}
    visits |= {"is_reversal": np.ones(len(back), np.int64), "scheme": np.full(len(back), -1)}
    visits["is_refunded"] = np.zeros(len(back), np.int64)
    lines = dict(back.lines) | {"reverses_line": back.lines["row"], "mistake": np.full(len(back.lines["row"]), -1)}
    lines["quantity_e4"], lines["amount_fen"] = -lines["quantity_e4"], -lines["amount_fen"]
    return Block(visits, lines)


def _one_line_back(rng: np.random.Generator, block: Block, mask: Array, moment: Array) -> Block:
    back = _taken_back(block, mask, moment)
    shuffled = rng.permutation(len(back.lines["visit"]))
    rows = np.sort(shuffled[np.unique(back.lines["visit"][shuffled], return_index=True)[1]])
    return Block(back.visits, {name: column[rows] for name, column in back.lines.items()})


def _in_time_order(world: World, block: Block) -> Block:
    rng = dice(world.plan.seed, "order")
    visits, n = block.visits, len(block)
    order = np.lexsort((rng.random(n), visits["settled"]))
    new_row = np.empty(n, dtype=np.int64)
    new_row[order] = np.arange(n)
    sorted_visits = {name: column[order] for name, column in visits.items()}
    reverses = sorted_visits["reverses"]
    sorted_visits["reverses"] = np.where(reverses >= 0, new_row[reverses], -1)
    number = rng.permutation(n)
    sorted_visits["visit_number"] = np.where(sorted_visits["reverses"] >= 0, number[sorted_visits["reverses"]], number)
    late = rng.random(n) < LATE_SHARE
    sorted_visits["known"] = sorted_visits["settled"] + np.where(
        late, rng.integers(HOUR, LATE_DAYS * DAY, n), rng.integers(1, 30, n)
    )
    line_visit = new_row[block.lines["visit"]]
    # The order of a claim's lines is random, so that what was added last does not stand last.
    line_order = np.lexsort((rng.random(len(line_visit)), line_visit))
    new_line = np.empty(len(line_visit), dtype=np.int64)
    new_line[line_order] = np.arange(len(line_visit))
    lines = {name: column[line_order] for name, column in block.lines.items()} | {"visit": line_visit[line_order]}
    # `row` numbered the lines of the first part of the joined block, where it is the line itself.
    lines["reverses_line"] = np.where(lines["reverses_line"] >= 0, new_line[lines["reverses_line"]], -1)
    return Block(sorted_visits, lines)
