"""Shares, readmissions and the account of stock, computed by hand on a few made-up rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from claims.clock import day_number, start_of_day
from claims.tables import Columns
from rules.indicators.catalogue import INDICATORS, PERIOD_CODES
from rules.indicators.frame import Figures, Indicator, Period
from rules.indicators.peers import compare
from rules.indicators.stock import sold_beyond_stock
from rules.library.national import national_rules

MARCH = (2025 - 1970) * 12 + 2
FIRST, LAST = day_number(date(2025, 3, 1)), day_number(date(2025, 3, 31))
MONEY = {"institution_id": "H1", "month": MARCH, "item_kind": "service", "charge_type": None, "is_ct": False}
MONEY |= {"is_mri": False, "amount_fen": 0}
STAY = {"patient_id": "P1", "institution_id": "H1", "is_cycle": False}
SALE = {"institution_id": "P1", "item_code": "XTEST-0001", "item_kind": "drug", "amount_fen": 0}


def columns(usual: dict[str, Any], *rows: dict[str, Any]) -> Columns:
    """Columns of some rows; what a row leaves out is as usual."""
    made = {}
    for name, value in {**usual, **(rows[0] if rows else {})}.items():
        kind = object if value is None or isinstance(value, str) else type(value)
        made[name] = np.array([{**usual, **row}[name] for row in rows], dtype=kind)
    return made


def day(text: str) -> int:
    return day_number(date.fromisoformat(text))


def stay(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"admitted_on": day(first), "discharged_on": day(last), **more}


def figures(code: str, *money: dict[str, Any], stays: Columns | None = None) -> list[tuple[Any, ...]]:
    indicator: Indicator = next(each for each in INDICATORS if each.code == code)
    none = columns({**STAY, "admitted_on": 0, "discharged_on": 0})
    found = indicator.of(Period(columns(MONEY, *money), none if stays is None else stays, MARCH, MARCH))
    return sorted(zip(found.institution, found.month, found.part, found.whole, strict=True))


ROWS = (
    {"amount_fen": 1000, "charge_type": "09", "item_kind": "drug"},
    {"amount_fen": 500, "item_kind": "herbal"},  # the source states no charge type
    {"amount_fen": -200, "charge_type": "11", "item_kind": "drug"},
    {"amount_fen": 300, "charge_type": "3", "is_ct": True},
    {"amount_fen": 400, "charge_type": "04"},
    {"amount_fen": 700, "charge_type": "08", "item_kind": "consumable"},
    {"amount_fen": 600, "charge_type": "05"},
    {"amount_fen": 100, "charge_type": "03", "is_mri": True},
    {"amount_fen": 9999, "charge_type": "09", "month": MARCH - 1},
)


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("ZB10000205001000", 1300),
        ("ZB10000205002000", 800),
        ("ZB10000205003000", 700),
        ("ZB10000205004000", 600),
        ("ZB10000205005000", 300),
        ("ZB10000205006000", 100),
    ],
)
def test_a_share_is_that_of_its_charge_types(code: str, part: int) -> None:
    assert figures(code, *ROWS) == [("H1", MARCH, part, 3400)]


def test_institutions_and_months_are_apart() -> None:
    found = figures(
        "ZB10000205001000", {"amount_fen": 5, "charge_type": "09"}, {"amount_fen": 7, "institution_id": "H2"}
    )
    assert found == [("H1", MARCH, 5, 5), ("H2", MARCH, 0, 7)]


def test_nothing_gives_no_figures() -> None:
    for indicator in INDICATORS:
        assert figures(indicator.code) == []


def test_a_stay_within_31_days_of_another_is_a_readmission() -> None:
    stays = columns(
        STAY,
        stay("2025-02-01", "2025-02-10"),
        stay("2025-03-13", "2025-03-20"),  # 31 days later
        stay("2025-02-01", "2025-02-10", patient_id="P2"),
        stay("2025-03-14", "2025-03-20", patient_id="P2"),  # 32 days later
        stay("2025-02-20", "2025-02-25", patient_id="P3"),
        stay("2025-03-01", "2025-03-02", patient_id="P3", is_cycle=True),  # planned
        stay("2025-02-20", "2025-02-25", patient_id="P4", institution_id="H2"),
        stay("2025-03-01", "2025-03-02", patient_id="P4"),  # elsewhere
        stay("2025-03-01", "2025-03-20", patient_id="P5"),
        stay("2025-03-10", "2025-03-25", patient_id="P5"),  # one stay in two bills
        stay("2025-03-30", "2025-04-02", patient_id="P5"),  # ends after the period
    )
    assert figures("ZB10000205008000", stays=stays) == [("H1", MARCH, 1, 6)]


def test_who_lies_far_above_the_peers_is_high() -> None:
    shares = [10, 11, 12, 13, 14, 60]
    whole = np.full(6, 100)
    one = Figures(np.array([f"H{n}" for n in range(6)], dtype=object), np.full(6, MARCH), np.array(shares), whole)
    compared = compare(one, np.full(6, "05", dtype=object))
    assert compared.is_high.tolist() == [False] * 5 + [True]
    assert set(compared.median.tolist()) == {0.125}
    few = compare(one, np.array(["05", "05", "05", "05", "08", "08"], dtype=object))
    assert not few.is_high.any()
    assert np.isnan(few.median).all()
    assert few.peers.tolist() == [4, 4, 4, 4, 2, 2]


def test_an_institution_without_any_money_has_no_share() -> None:
    none = Figures(np.array(["H1"], dtype=object), np.array([MARCH]), np.array([0]), np.array([0]))
    assert np.isnan(none.share).all()
    assert not compare(none, np.array([None], dtype=object)).is_high.any()


def move(movement: str, on: str, packs: int, **more: Any) -> dict[str, Any]:
    moved = start_of_day(date.fromisoformat(on)) + 36_000
    return {"movement": movement, "moved_at": moved, "quantity_e4": packs * 10_000, **more}


def sale(on: str, packs: int, fen: int = 0, **more: Any) -> dict[str, Any]:
    return {"day": day(on), "quantity_e4": packs * 10_000, "amount_fen": fen, **more}


def short(moves: list[dict[str, Any]], sales: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    usual = {name: SALE[name] for name in ("institution_id", "item_code", "item_kind")}
    empty = {"movement": "purchase", "moved_at": 0, "quantity_e4": 0}
    found = sold_beyond_stock(
        columns({**usual, **(empty if not moves else {})}, *moves), columns(SALE, *sales), FIRST, LAST
    )
    return list(zip(found.institution, found.item, found.available // 10_000, found.sold // 10_000, found.amount_fen,
                    strict=True))  # fmt: skip


STOCK: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "sold more than bought": (
        [move("purchase", "2025-03-02", 10)],
        [sale("2025-03-05", 15, 3000), sale("2025-03-09", 5, 1000)],
        [("P1", "XTEST-0001", 10, 20, 2000)],
    ),
    "just the tolerance": ([move("purchase", "2025-03-02", 100)], [sale("2025-03-05", 105)], []),
    "beyond the tolerance": (
        [move("purchase", "2025-03-02", 100)],
        [sale("2025-03-05", 106, 10_600)],
        [("P1", "XTEST-0001", 100, 106, 600)],
    ),
    "bought in the half year before": ([move("purchase", "2024-09-02", 10)], [sale("2025-03-05", 10)], []),
    "bought too long before": (
        [move("purchase", "2024-09-01", 10)],
        [sale("2025-03-05", 10, 500)],
        [("P1", "XTEST-0001", 0, 10, 500)],
    ),
    "sent back": (
        [move("purchase", "2025-03-02", 10), move("purchase_return", "2025-03-03", 4)],
        [sale("2025-03-05", 10, 1000)],
        [("P1", "XTEST-0001", 6, 10, 400)],
    ),
    "a change of the stock": ([move("purchase", "2025-03-02", 10), move("change", "2025-03-03", 5)],
                              [sale("2025-03-05", 15)], []),
    "a count is where the account begins": (
        [move("purchase", "2025-01-02", 90), move("count", "2025-02-20", 10), move("purchase", "2025-02-25", 5)],
        [sale("2025-02-19", 80), sale("2025-02-20", 7), sale("2025-02-26", 10, 1000), sale("2025-03-05", 10, 1000)],
        [("P1", "XTEST-0001", 15, 20, 500)],
    ),
    "bought after the period": (
        [move("purchase", "2025-03-02", 1), move("purchase", "2025-04-01", 10)],
        [sale("2025-03-05", 4, 400), sale("2025-04-02", 7, 700)],
        [("P1", "XTEST-0001", 1, 4, 300)],
    ),
    "never bought by one who reports drugs": (
        [move("purchase", "2025-03-02", 10, item_code="XTEST-0002")],
        [sale("2025-03-05", 2, 200)],
        [("P1", "XTEST-0001", 0, 2, 200)],
    ),
    "one who reports no consumables": (
        [move("purchase", "2025-03-02", 10)],
        [sale("2025-03-05", 2, 200, item_code="CTEST-0001", item_kind="consumable")],
        [],
    ),
    "one who reports nothing": ([], [sale("2025-03-05", 2)], []),
    "all given back": ([move("purchase", "2025-03-02", 1)], [sale("2025-03-05", 2), sale("2025-03-06", -2)], []),
}  # fmt: skip


@pytest.mark.parametrize("case", STOCK)
def test_what_was_sold_beyond_the_stock(case: str) -> None:
    moves, sales, expected = STOCK[case]
    assert short(moves, sales) == expected


def test_every_code_is_one_of_the_library() -> None:
    after = {each.code for each in national_rules() if each.stages == ("after",)}
    assert after >= PERIOD_CODES
    assert after - PERIOD_CODES == {"ZB10000205007000"}  # infections: the settlement list is not there
    assert {indicator.named.code for indicator in INDICATORS} <= PERIOD_CODES
