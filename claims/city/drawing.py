"""Which claims the simulated agency looks at: the frequent and the dear, what was reported, and a random share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.truth import Truth
from claims.city.visits import Block, World, stack
from claims.city.wrongs import SCHEMES
from claims.clock import DAY
from claims.tables import Array, Columns

RANDOM, RULE, TIP = range(3)
DRAWN_BY = np.array(["random", "rule", "tip"], dtype=object)
ROUND_DAYS = 30
CLAIMS_PER_DAY = 0.028  # reviewed for each claim that is settled: the reviewers' capacity
RANDOM_SHARE, RULE_SHARE = 0.30, 0.45
CLAIMS_PER_CASE, CLAIMS_PER_TIP = 10, 18
LOOKED_AT_AGAIN_AFTER = 180
FALSE_TIPS = 0.5  # for each true one


@dataclass(frozen=True)
class Capacity:
    """How many claims are looked at a day."""

    a_day: float


def capacity_of(world: World, claims: Block) -> Capacity:
    """The daily capacity of this city's reviewers."""
    return Capacity(max(len(claims) / world.plan.days * CLAIMS_PER_DAY, 2.0))


def draw_for_review(world: World, claims: Block, truth: Truth) -> dict[str, Array]:
    """The claims that are looked at, each once: claim, day, drawn_by, chance_e4 (-1 not random), case."""
    rng = dice(world.plan.seed, "drawing")
    settlements = np.flatnonzero(claims.visits["is_reversal"] == 0)
    day = claims.visits["settled"] // DAY - world.plan.first
    parts = [_tips(rng, world, claims, truth, day)]
    a_round = capacity_of(world, claims).a_day * ROUND_DAYS
    last_look = np.full(len(world.people), -10_000)
    for begin in range(0, world.plan.days - ROUND_DAYS + 1, ROUND_DAYS):
        rows = settlements[(day[settlements] >= begin) & (day[settlements] < begin + ROUND_DAYS)]
        if not len(rows):
            continue
        end = begin + ROUND_DAYS
        chance_e4 = min(round(a_round * RANDOM_SHARE / len(rows) * 10_000), 10_000)
        drawn = rows[rng.random(len(rows)) < chance_e4 / 10_000]
        parts.append(_drawn(drawn, end, RANDOM, chance_e4, np.full(len(drawn), -1)))
        parts.append(_led_by_rules(rng, claims, rows, end, a_round * RULE_SHARE, last_look))
    return _first_look(stack(parts))


def _drawn(rows: Array, day: Array | int, by: int, chance_e4: int, case: Array) -> dict[str, Array]:
    n = len(rows)
    columns = {"claim": rows, "day": np.broadcast_to(np.asarray(day, dtype=np.int64), n), "case": case}
    return columns | {"drawn_by": np.full(n, by), "chance_e4": np.full(n, chance_e4)}


def _first_look(drawn: dict[str, Array]) -> dict[str, Array]:
    order = np.lexsort((drawn["drawn_by"], drawn["day"]))
    ordered = {name: column[order] for name, column in drawn.items()}
    kept = np.sort(np.unique(ordered["claim"], return_index=True)[1])
    return {name: column[kept] for name, column in ordered.items()}


def _led_by_rules(
    rng: np.random.Generator, claims: Block, rows: Array, day: int, wanted: float, last_look: Array
) -> dict[str, Array]:
    """Claims of the persons with the most visits and of those with the dearest ones, not looked at for half a year."""
    person, fund = claims.visits["person"], claims.visits["total_fen"]
    n = len(last_look)
    visits = np.bincount(person[rows], minlength=n)
    money = np.bincount(person[rows], weights=fund[rows] * (claims.visits["stay_days"][rows] < 0), minlength=n)
    fresh = (day - last_look > LOOKED_AT_AGAIN_AFTER) & (visits > 0)
    noise = rng.random(n)
    by_visits = np.lexsort((noise, -(visits * fresh)))
    by_money = np.lexsort((noise, -(money * fresh)))
    ranked = np.stack([by_visits, by_money], axis=1).ravel()
    ranked = ranked[np.sort(np.unique(ranked, return_index=True)[1])]
    ranked = ranked[fresh[ranked]]
    seen = np.cumsum(np.minimum(visits[ranked], CLAIMS_PER_CASE))
    chosen = ranked[seen <= wanted]
    last_look[chosen] = day
    mine = rng.permutation(rows[np.isin(person[rows], chosen)])
    mine = mine[np.argsort(person[mine], kind="stable")]
    rank = np.arange(len(mine)) - np.searchsorted(person[mine], person[mine])
    mine = mine[rank < CLAIMS_PER_CASE]
    return _drawn(mine, day, RULE, -1, person[mine] + day * n)


def _tips(rng: np.random.Generator, world: World, claims: Block, truth: Truth, day: Array) -> dict[str, Array]:
    """Reported groups, persons and places, and half as many reports of honest ones."""
    visits = claims.visits
    parts, case = [_drawn(np.empty(0, dtype=np.int64), 0, TIP, -1, np.empty(0, dtype=np.int64))], -2
    for number, scheme in enumerate(SCHEMES):
        mine = truth.claim[truth.wrong == number]
        group = visits["person"][mine] if scheme.subject_kind == "patient" else visits["ring"][mine]
        for member in np.unique(group):
            if rng.random() < scheme.tip_chance:
                look, when = _of_group(rng, claims, mine[group == member], day, scheme.subject_kind)
                parts.append(_drawn(look, when, TIP, -1, np.full(len(look), case)))
                case -= 1
    for person in rng.integers(0, len(world.people), int((-2 - case) * FALSE_TIPS)):
        look = np.flatnonzero((visits["person"] == person) & (visits["is_reversal"] == 0))
        look = distinct(rng, look, CLAIMS_PER_TIP)
        if len(look):
            parts.append(_drawn(look, int(day[look].max()) + 1, TIP, -1, np.full(len(look), case)))
            case -= 1
    return stack(parts)


def _of_group(
    rng: np.random.Generator, claims: Block, wrong: Array, day: Array, subject_kind: str
) -> tuple[Array, int]:
    """What is looked at after a report: wrong claims up to that day, and the same cards' or the same till's others."""
    when = int(rng.choice(day[wrong])) + 1
    visits: Columns = claims.visits
    near = (day < when) & (day >= when - 120) & (visits["is_reversal"] == 0)
    same = "institution" if subject_kind == "institution" else "person"
    others = np.flatnonzero(near & np.isin(visits[same], visits[same][wrong]))
    most = CLAIMS_PER_TIP * (1 if subject_kind == "patient" else 3)
    guilty = distinct(rng, wrong[near[wrong]], most)
    return np.unique(np.concatenate([guilty, distinct(rng, others, most // 2)])), when
