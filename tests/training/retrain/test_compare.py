"""Which challenger is better, whom it would stop wrongly, and what follows from both."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from claims.clock import DAY, start_of_day
from claims.errors import NotEnoughData
from training.groups import wrongful_stops
from training.retrain.compare import ComparedRows, Comparison, compare
from training.retrain.decide import decide
from training.retrain.lost_columns import lost_columns
from training.retrain.period import comparison_period

PATIENTS, DAYS = 40, 60
LABEL = (np.arange(PATIENTS * DAYS) % 10 == 0).astype(np.int64)
"""Every tenth claim is violating and all are judged; each patient has one claim a day."""

ROWS = ComparedRows(
    settled_at=np.repeat(np.arange(DAYS), PATIENTS) * DAY + 3_600,
    label=LABEL,
    amount_fen=LABEL * 1_000,
    units=np.tile(np.array([f"p{number}" for number in range(PATIENTS)], dtype=object), DAYS),
)
CHANCE = np.random.default_rng(1).random(len(LABEL))
GOOD, WEAK = LABEL + 0.5 * CHANCE, 0.05 * LABEL + CHANCE


def compared(champion: np.ndarray, challenger: np.ndarray) -> Comparison:
    return compare(ROWS, ("champion", champion), ("challenger", challenger), 4, 0.95, seed=1)


@pytest.mark.parametrize(
    ("champion", "challenger", "may_serve", "says"),
    [
        (WEAK, GOOD, True, "clearly better than champion"),
        (GOOD, WEAK, False, "clearly worse than champion"),
        (GOOD, GOOD, False, "not clearly better than champion"),
    ],
)
def test_a_challenger_serves_only_when_it_is_clearly_better(
    champion: np.ndarray, challenger: np.ndarray, may_serve: bool, says: str
) -> None:
    decision = decide(compared(champion, challenger), [], 0.8)
    assert decision.may_serve is may_serve
    assert says in decision.reason.en
    assert decision.reason.zh


def test_the_difference_is_that_of_the_sides_and_lies_in_its_interval() -> None:
    found = compared(WEAK, GOOD)
    assert found.challenger.money_fen == int(LABEL.sum()) * 1_000  # four violating claims a day, all of them chosen
    assert found.money_fen.value == found.challenger.money_fen - found.champion.money_fen
    assert 0 < found.money_fen.low <= found.money_fen.value <= found.money_fen.high
    assert compared(WEAK, GOOD) == found


def test_one_group_that_is_stopped_wrongly_refuses_a_better_model() -> None:
    label = np.r_[np.zeros(40), np.ones(60)].astype(np.int64)
    groups = {"age": np.array(["80+"] * 40 + ["18-44"] * 60, dtype=object)}
    stops = wrongful_stops(
        groups, np.ones(100, dtype=np.bool_), label, np.arange(100), most=0.8, least_judged=30, seed=1
    )
    assert [(each.group, each.is_beyond) for each in stops] == [("", False), ("18-44", False), ("80+", True)]
    decision = decide(compared(WEAK, GOOD), stops, 0.8)
    assert not decision.may_serve
    assert "100% (40/40; 95%: 91% to 100%) was in order for age band 80+" in decision.reason.en


def test_a_group_with_few_verdicts_says_nothing() -> None:
    groups = {"age": np.array(["80+"] * 40, dtype=object)}
    label = np.r_[np.zeros(20), np.full(20, -1)].astype(np.int64)  # unlabelled is not in order
    stops = wrongful_stops(groups, np.ones(40, dtype=np.bool_), label, np.arange(40), most=0.8, least_judged=30, seed=1)
    assert {each.judged for each in stops} == {20}
    assert not any(each.is_beyond for each in stops)


def test_the_same_model_is_refused_as_the_same() -> None:
    assert "same data, same model" in decide(compared(GOOD, GOOD), [], 0.8, is_same=True).reason.en


def test_a_rare_column_is_not_lost_by_chance() -> None:
    before, now = np.zeros((1_000, 2)), np.zeros((1_000, 2))
    before[:200, 0], before[0, 1] = 1.0, 1.0
    assert lost_columns(["often", "rare"], before, now) == ["often"]
    now[:, 0] = np.nan
    assert lost_columns(["often", "rare"], before, now) == ["often"]


def test_the_period_begins_after_what_the_champion_has_seen() -> None:
    settled = start_of_day(date(2025, 9, 1)) + np.arange(122) * DAY
    label = np.arange(122) % 2
    period = comparison_period(settled, label, date(2025, 12, 1), seen_until=0)
    assert str(period) == "2025-11-01 to 2025-12-31"
    seen = start_of_day(date(2025, 12, 1))
    assert str(comparison_period(settled, label, date(2025, 12, 1), seen)) == "2025-12-01 to 2025-12-31"
    with pytest.raises(NotEnoughData, match="rules and the isolation forest"):
        comparison_period(settled, np.full(122, -1), date(2025, 12, 1), 0)
