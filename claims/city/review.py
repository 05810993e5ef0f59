"""The simulated agency's verdicts: late, sometimes wrong, sometimes reversed on appeal."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.drawing import TIP, capacity_of, draw_for_review
from claims.city.truth import Truth
from claims.city.visits import Block, World, stack
from claims.clock import DAY, HOUR
from claims.tables import Array

IN_ORDER, VIOLATING = 0, 1
FINDINGS = np.array(["in_order", "violating"], dtype=object)
MISSED, WRONG = 0.10, 0.02
MEDIAN_DELAY_DAYS, DELAY_SPREAD = 28.0, 0.5  # the queue adds a day or two
APPEALED = (0.05, 0.60)  # of the right and of the wrong findings against somebody
REVERSED = (0.08, 0.85)
NOT_OF_A_CLAIM = -1
NO_SUBJECT, PATIENT, INSTITUTION = -1, 0, 1


def review(world: World, claims: Block, truth: Truth) -> dict[str, Array]:
    """Verdicts in the order in which they were decided.

    Returns:
        v rows: claim and line (-1 none), subject_kind and subject (rows, -1 none), finding, amount_fen, wrong (place
        in WRONGS, -1), decided and known (wall-clock seconds), reviewer, replaces (row, -1), case (-1 none),
        drawn_by, chance_e4 (-1 not a random draw).
    """
    rng = dice(world.plan.seed, "review")
    drawn = draw_for_review(world, claims, truth)
    first = _decide(rng, world, claims, truth, drawn)
    rows = [first, _subjects(claims, first)]
    verdicts = stack(rows) | {"replaces": np.full(sum(len(part["claim"]) for part in rows), -1)}
    verdicts = stack([verdicts, _appeals(rng, verdicts)])
    return _until_the_end(world, verdicts)


def _decide(
    rng: np.random.Generator, world: World, claims: Block, truth: Truth, drawn: dict[str, Array]
) -> dict[str, Array]:
    n = len(drawn["claim"])
    fact = np.full(len(claims), -1)
    fact[truth.claim[::-1]] = np.arange(len(truth.claim))[::-1]
    known = fact[drawn["claim"]]
    guilty = known >= 0
    seen = np.where(guilty & (rng.random(n) >= MISSED), VIOLATING, IN_ORDER)
    mistaken = rng.random(n) < WRONG
    finding = np.where(mistaken, 1 - seen, seen)
    right = guilty & (finding == VIOLATING)
    line = np.where(right, truth.line[known], -1)
    total = np.maximum(claims.visits["total_fen"][drawn["claim"]], 0)
    amount = np.where(right, truth.amount_fen[known], np.where(finding == VIOLATING, total, 0))
    decided = _decided(rng, world, claims, drawn["day"])
    return {
        "claim": drawn["claim"],
        "line": line,
        "subject_kind": np.full(n, NO_SUBJECT),
        "subject": np.full(n, -1),
        "finding": finding,
        "amount_fen": amount,
        "wrong": np.where(right, truth.wrong[known], np.where(finding == VIOLATING, 0, -1)),
        "is_right": (finding == VIOLATING) == guilty,
        "decided": decided,
        "known": decided + rng.integers(600, 2 * DAY, n),
        "reviewer": rng.integers(0, 12, n),
        "case": drawn["case"],
        "drawn_by": drawn["drawn_by"],
        "chance_e4": drawn["chance_e4"],
    }


def _decided(rng: np.random.Generator, world: World, claims: Block, day: Array) -> Array:
    """When each is decided: after its delay, when the reviewers' daily capacity comes to it."""
    ready = day + np.exp(rng.normal(np.log(MEDIAN_DELAY_DAYS), DELAY_SPREAD, len(day)))
    order = np.argsort(ready, kind="stable")
    a_day = capacity_of(world, claims).a_day
    turn = np.arange(len(day)) / a_day
    done = np.empty(len(day))
    done[order] = np.maximum.accumulate(ready[order] - turn) + turn
    whole = np.floor(done)
    return np.asarray((world.plan.first + whole) * DAY + 9 * HOUR + (done - whole) * 8 * HOUR).astype(np.int64)


def _subjects(claims: Block, first: dict[str, Array]) -> dict[str, Array]:
    """One finding about the person or the place of each reported case, once its claims are decided."""
    rows = np.flatnonzero(first["drawn_by"] == TIP)
    cases, start = np.unique(first["case"][rows], return_index=True)
    member = np.searchsorted(cases, first["case"][rows])
    guilty = first["finding"][rows] == VIOLATING
    amount = np.bincount(member, weights=first["amount_fen"][rows], minlength=len(cases)).astype(np.int64)
    found = np.bincount(member, weights=guilty, minlength=len(cases)) >= 3
    decided, known = np.zeros(len(cases), np.int64), np.zeros(len(cases), np.int64)
    np.maximum.at(decided, member, first["decided"][rows])
    np.maximum.at(known, member, first["known"][rows])
    persons, places = claims.visits["person"], claims.visits["institution"]
    alone = np.ones(len(cases), dtype=bool)
    alone[member[persons[first["claim"][rows]] != persons[first["claim"][rows[start]]][member]]] = False
    one_place = np.ones(len(cases), dtype=bool)
    one_place[member[places[first["claim"][rows]] != places[first["claim"][rows[start]]][member]]] = False
    head = first["claim"][rows[start]]
    kept = alone | one_place
    answer = {name: first[name][rows[start]] for name in first}
    answer |= {"claim": np.full(len(cases), NOT_OF_A_CLAIM), "line": np.full(len(cases), -1)}
    answer |= {
        "subject_kind": np.where(alone, PATIENT, INSTITUTION),
        "subject": np.where(alone, persons[head], places[head]),
    }
    answer |= {"finding": np.where(found, VIOLATING, IN_ORDER), "amount_fen": np.where(found, amount, 0)}
    answer |= {"wrong": np.where(found, answer["wrong"], -1), "decided": decided + HOUR, "known": known + HOUR}
    return {name: column[kept] for name, column in answer.items()}


def _appeals(rng: np.random.Generator, verdicts: dict[str, Array]) -> dict[str, Array]:
    """Findings against somebody that an appeal turned into in order."""
    against = (verdicts["finding"] == VIOLATING) & (verdicts["claim"] >= 0)
    unjust = (~verdicts["is_right"]).astype(np.int64)
    luck, outcome = rng.random(len(against)), rng.random(len(against))
    rows = np.flatnonzero(against & (luck < np.array(APPEALED)[unjust]) & (outcome < np.array(REVERSED)[unjust]))
    later = rng.integers(20 * DAY, 60 * DAY, len(rows))
    answer = {name: column[rows] for name, column in verdicts.items()}
    answer |= {"finding": np.full(len(rows), IN_ORDER), "amount_fen": np.zeros(len(rows), np.int64), "replaces": rows}
    answer |= {"wrong": np.full(len(rows), -1), "line": answer["line"]}
    return answer | {"decided": answer["decided"] + later, "known": answer["known"] + later}


def _until_the_end(world: World, verdicts: dict[str, Array]) -> dict[str, Array]:
    """What was known before the period's end (or before its live days), in the order of decisions."""
    end = (world.plan.first + world.plan.days - world.plan.live_days) * DAY
    order = np.lexsort((verdicts["claim"], verdicts["decided"]))
    order = order[verdicts["known"][order] < end]
    new_row = np.full(len(verdicts["claim"]), -1)
    new_row[order] = np.arange(len(order))
    ordered = {name: column[order] for name, column in verdicts.items()}
    ordered["replaces"] = np.where(ordered["replaces"] >= 0, new_row[ordered["replaces"]], -1)
    return ordered
