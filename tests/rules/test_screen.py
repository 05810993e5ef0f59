"""A screening in parts finds what the rules find in one piece, goes on where it was stopped, and writes it all down."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.clock import start_of_day
from claims.errors import NotEnoughData
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from claims.store.columns import read_batch
from claims.store.connect import Store
from claims.store.trace_codes import all_repeated_scans
from features.context import read_whole_context
from rules.catalogue import RULES
from rules.run import run_rules
from rules.screen import part, run
from rules.screen.result import HITS
from rules.screen.run import screen
from rules.screen.workbook import WORKBOOKS
from tests.conftest import settings_in

BEGIN, END = start_of_day(date(2025, 10, 1)), start_of_day(date(2026, 1, 1))


@pytest.fixture
def city(store: Store, tmp_path: Path) -> Settings:
    """A store with a small city; an item has a name that a spreadsheet would take for a formula."""
    write_city(make_city(CityPlan(500, 6, "dense", 5, date(2025, 12, 31))), tmp_path / "city")
    run_import(store, settings_in(tmp_path), read_mapping("national"), sorted((tmp_path / "city").glob("*.csv")))
    return settings_in(tmp_path)


def found_in_one_piece(store: Store) -> Counter[tuple[Any, ...]]:
    """What the rules find in the period, by claim, line, rule, grade, amount and sentence, and what was spared."""
    with store.as_owner() as connection:
        batch = read_batch(connection)
        context = replace(read_whole_context(connection, batch), scans=all_repeated_scans(connection))
    settled_at, ids = batch.claims["settled_at"], batch.claims["claim_id"]
    result = run_rules(batch, context)
    inside = (settled_at >= BEGIN) & (settled_at < END)
    return Counter(
        (
            ids[hit.claim_row],
            int(batch.lines["line_number"][hit.line_row]) if hit.line_row >= 0 else 0,
            hit.code,
            str(hit.grade),
            hit.amount_fen,
            hit.says_zh,
        )
        for hit in result.hits
        if inside[hit.claim_row]
    )


NAMES = ("claim_id", "line_number", "code", "grade", "amount_fen", "says_zh")


def found_in(folder: Path) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in NAMES) for row in pq.read_table(folder / HITS).to_pylist())


@pytest.mark.parametrize("claims_in_a_part", [100_000, 1_000])
def test_a_screening_in_parts_finds_what_the_rules_find_at_once(
    store: Store, city: Settings, tmp_path: Path, claims_in_a_part: int
) -> None:
    told: list[str] = []
    with store.as_owner() as connection:
        found = screen(
            connection, city, tmp_path / "out", BEGIN, END,
            progress=lambda step, _done, _of: told.append(step), claims_in_a_part=claims_in_a_part,
        )  # fmt: skip
        stored = connection.execute(
            f"SELECT {', '.join(NAMES)} FROM screen_hits WHERE screening_id = %s", (found.screening_id,)
        ).fetchall()
    expected = found_in_one_piece(store)
    assert expected
    assert found_in(tmp_path / "out") == Counter(stored) == expected
    assert {code: count.hits for code, count in found.by_rule.items() if count.hits} == dict(
        Counter(code for _, _, code, *_ in expected.elements())
    )
    assert not found.crashed
    assert any(count.spared for count in found.by_rule.values())
    assert not (tmp_path / "out" / "unfinished").exists()
    assert "asking the rules" in told


def test_each_place_gets_a_workbook_with_its_findings(store: Store, city: Settings, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        connection.execute("UPDATE catalogue SET name = '=1+1'")
        connection.commit()
        found = screen(connection, city, tmp_path / "out", BEGIN, END)
    hits = pq.read_table(tmp_path / "out" / HITS)
    by_place = Counter(hits["institution_id"].to_pylist())
    assert sorted(path.stem for path in (tmp_path / "out" / WORKBOOKS).iterdir()) == sorted(by_place)
    assert found.institutions == len(by_place)
    place, count = by_place.most_common(1)[0]
    book = load_workbook(tmp_path / "out" / WORKBOOKS / f"{place}.xlsx")
    heading, *rows = book["明细"].iter_rows(values_only=True)
    assert (heading[0], len(rows)) == ("结算时间", count)
    own = hits.filter(np.array(hits["institution_id"].to_pylist(), dtype=object) == place)
    assert round(sum(row[9] for row in rows) * 100) == sum(own["amount_fen"].to_pylist())
    assert not [cell for row in book["明细"].iter_rows() for cell in row if cell.data_type == "f"]
    _, *summary = book["汇总"].iter_rows(values_only=True)
    assert sum(row[3] for row in summary) == count


def test_what_was_stopped_goes_on_where_it_was(
    store: Store, city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "processes", lambda _: run.here())
    done: list[int] = []

    def stops(plan: Any, number: int) -> None:
        if number == 2:
            raise KeyboardInterrupt
        done.append(number)
        part.screen_part(plan, number)

    monkeypatch.setattr(run, "screen_part", stops)
    with store.as_owner() as connection:
        with pytest.raises(KeyboardInterrupt):
            screen(connection, city, tmp_path / "out", BEGIN, END, claims_in_a_part=1_000)
        connection.rollback()
        asked, parts = asks_again(monkeypatch), dict[str, int]()
        screen(
            connection, city, tmp_path / "out", BEGIN, END,
            progress=lambda step, _done, of: parts.update({step: of}), claims_in_a_part=1_000,
        )  # fmt: skip
    assert done == [0, 1]
    assert len(asked) == parts["asking the rules"] - len(done)
    assert found_in(tmp_path / "out") == found_in_one_piece(store)


def test_another_question_begins_anew(
    store: Store, city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "processes", lambda _: run.here())
    monkeypatch.setattr(run, "gather_parts", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with store.as_owner() as connection:
        for rules, expected in ((RULES, True), (RULES, False), (RULES[:5], True)):
            asked = asks_again(monkeypatch)
            with pytest.raises(KeyboardInterrupt):
                screen(connection, city, tmp_path / "out", BEGIN, END, rules, claims_in_a_part=1_000)
            connection.rollback()
            assert bool(asked) is expected


def asks_again(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many claims each part has about which the rules are asked from now on."""
    asked: list[int] = []
    monkeypatch.setattr(run, "screen_part", part.screen_part)
    really = run_rules

    def noted(*args: Any) -> Any:
        asked.append(len(args[0]))
        return really(*args)

    monkeypatch.setattr(part, "run_rules", noted)
    return asked


def test_a_rule_that_crashes_leaves_its_claims_to_a_person(
    store: Store, city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashes(*_: Any) -> Any:
        raise ZeroDivisionError

    broken = replace(RULES[0], check=crashes)
    monkeypatch.setattr(part, "RULES", (broken, *RULES[1:]))
    with store.as_owner() as connection:
        found = screen(connection, city, tmp_path / "out", BEGIN, END, (broken, *RULES[1:3]))
    assert found.crashed == [(broken.code, "ZeroDivisionError")]
    assert found.unjudged == found.claims > 0


def test_a_period_without_settlements_is_said(store: Store, city: Settings, tmp_path: Path) -> None:
    with store.as_owner() as connection, pytest.raises(NotEnoughData, match="Choose another period"):
        screen(connection, city, tmp_path / "out", start_of_day(date(2030, 1, 1)), start_of_day(date(2030, 2, 1)))
