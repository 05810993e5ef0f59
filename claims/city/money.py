"""Who pays what: the funds, the personal account and the person, and what is left in the account."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.people import EMPLOYEE
from claims.city.visits import ACCOUNT, Block, World
from claims.clock import DAY
from claims.tables import Array

SCOPE_BY_GRADE = {"01": 1.0, "02": 0.9, "03": 0.0}
# Share of the amount inside the policy scope that the funds pay: rows as the care kinds, columns employees, residents.
FUND_SHARE = np.array(
    [[0.60, 0.50], [0.70, 0.55], [0.80, 0.60], [0.90, 0.75], [0.75, 0.65], [0.0, 0.0], [0.841, 0.660]]
)
PAYS_BY_ACCOUNT = 0.6  # of the employees' bills elsewhere than at a pharmacy
FILLED_ON = 10  # day of the month


def pay(world: World, block: Block) -> Block:
    """Adds total_fen, in_scope_fen, fund_fen, account_fen, cash_fen, balance_fen to claims, in_scope_fen to lines."""
    visits, lines = dict(block.visits), dict(block.lines)
    items = world.medicine.items
    share = np.array([SCOPE_BY_GRADE[grade] for grade in items["grade"]])[lines["item"]]
    under_ceiling = np.minimum(lines["price_fen"], items["price_fen"][lines["item"]])
    lines["in_scope_fen"] = np.round(under_ceiling * lines["quantity_e4"] / 10_000 * share).astype(np.int64)
    visits["total_fen"] = _per_claim(block, lines["amount_fen"])
    visits["in_scope_fen"] = _per_claim(block, lines["in_scope_fen"])
    insurance = np.where(world.people.columns["insurance"][visits["person"]] == EMPLOYEE, 0, 1)
    ratio = FUND_SHARE[visits["care"], insurance]
    visits["fund_fen"] = np.round(visits["in_scope_fen"] * ratio).astype(np.int64)
    visits["account_fen"], visits["balance_fen"] = _accounts(world, visits)
    visits["cash_fen"] = visits["total_fen"] - visits["fund_fen"] - visits["account_fen"]
    return Block(visits, lines)


def _per_claim(block: Block, amounts: Array) -> Array:
    return np.bincount(block.lines["visit"], weights=amounts, minlength=len(block)).round().astype(np.int64)


def _accounts(world: World, visits: dict[str, Array]) -> tuple[Array, Array]:
    """Account payment and balance after it of each claim; refunds go back to the account they came from."""
    rng = dice(world.plan.seed, "accounts")
    person, n = visits["person"], len(visits["person"])
    monthly = world.people.columns["monthly_account_fen"]
    saved = (monthly * rng.gamma(1.5, 6.0, len(monthly))).astype(np.int64)
    rest = visits["total_fen"] - visits["fund_fen"]
    willing = (visits["care"] == ACCOUNT) | (rng.random(n) < PAYS_BY_ACCOUNT)
    want = np.where(willing & (monthly[person] > 0) & (rest > 0), rest, 0)
    order = np.argsort(person, kind="stable")
    first = np.concatenate([[True], person[order][1:] != person[order][:-1]])
    income = _income(world, visits["settled"][order], person[order], first, monthly, saved)
    back, original = visits["is_reversal"] == 1, visits["reverses"]
    paid = np.zeros(n, dtype=np.int64)
    balance = np.zeros(n, dtype=np.int64)
    # A refund depends on the payment and later payments on the refund; the third pass changes next to nothing.
    for _ in range(3):
        share = np.zeros(n)
        np.divide(paid[original], rest[original], out=share, where=back & (rest[original] > 0))
        refund = np.where(back, np.round(-rest * share), 0).astype(np.int64)
        after = _running_balance(income + refund[order], want[order], first)
        before = np.concatenate([[0], after[:-1]])
        before[first] = 0
        paid[order] = before + income + refund[order] - after
        balance[order] = after
    return np.where(back, -refund, paid), balance


def _income(world: World, settled: Array, person: Array, first: Array, monthly: Array, saved: Array) -> Array:
    """What came into the account between a person's last claim and this one."""
    days = settled // DAY - FILLED_ON + 1
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    start = (
        np.array([world.plan.first - FILLED_ON + 1]).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    )
    last = np.concatenate([start, month[:-1]])
    last[first] = start[0]
    return np.asarray(monthly[person] * (month - last) + np.where(first, saved[person], 0))


def _running_balance(income: Array, want: Array, first: Array) -> Array:
    """Balance after each payment, which takes what is wanted and there: a walk reflected at zero, in one pass."""
    steps = income - want
    person = np.cumsum(first) - 1
    walk = np.cumsum(steps)
    start = (walk - steps)[first]
    walk = walk - start[person]
    # Each person is shifted far below the last one, so that the running minimum begins anew.
    shift = person * (np.abs(walk).max(initial=0) * 2 + 1)
    lowest = np.minimum.accumulate(walk - shift) + shift
    return np.asarray(walk - np.minimum(lowest, 0))
