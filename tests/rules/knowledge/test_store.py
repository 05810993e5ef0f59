"""Versions of a table stand side by side with their days; nothing is deleted and the same file twice is no change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from claims.errors import BadSetting
from claims.store.connect import Store
from features.context import read_context
from rules.knowledge.read import read_workbook
from rules.knowledge.store import Imported, batches, keep, points_about
from rules.run import run_rules
from tests.rules.knowledge.made import counts, local
from tests.rules.scenes import scene

OLD, NEW = date(2025, 1, 1), date(2025, 6, 1)


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as made:
        yield made


def bring(
    connection: psycopg.Connection, folder: Path, since: date | None, *rows: tuple[str, int], adds: bool = False
) -> Imported:
    path = folder / "-".join(f"{code}{most}" for code, most in rows)
    path = path.with_suffix(".xlsx")
    if not path.exists():
        counts(path, *((code, most, "日") for code, most in rows))
    return keep(connection, read_workbook(path), since, adds=adds)


def days(connection: psycopg.Connection, code: str) -> list[tuple[object, object, object]]:
    points = points_about(connection, code)
    return [(point["words"], point["valid_from"], point["valid_until"]) for point in points]


def test_a_newer_table_ends_the_older_one_also_for_what_it_leaves_out(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    bring(connection, tmp_path, OLD, ("T00100", 1), ("T00200", 1))
    assert bring(connection, tmp_path, NEW, ("T00100", 2)).ended == 2
    assert days(connection, "T00100") == [("1 日", OLD, date(2025, 5, 31)), ("2 日", NEW, None)]
    assert days(connection, "T00200") == [("1 日", OLD, date(2025, 5, 31))]


def test_an_older_table_that_comes_in_later_ends_where_the_newer_one_begins(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    bring(connection, tmp_path, NEW, ("T00100", 2))
    bring(connection, tmp_path, OLD, ("T00100", 1))
    assert days(connection, "T00100") == [("1 日", OLD, date(2025, 5, 31)), ("2 日", NEW, None)]


def test_the_same_file_twice_is_no_change(connection: psycopg.Connection, tmp_path: Path) -> None:
    bring(connection, tmp_path, OLD, ("T00100", 1))
    assert bring(connection, tmp_path, None, ("T00100", 1)) == Imported("no change", OLD, 0)
    assert len(batches(connection)) == 1
    assert len(points_about(connection, "T00100")) == 1


def test_a_known_file_with_another_date_is_dated_anew(connection: psycopg.Connection, tmp_path: Path) -> None:
    bring(connection, tmp_path, OLD, ("T00100", 1))
    bring(connection, tmp_path, NEW, ("T00100", 2))
    later = date(2025, 9, 1)
    assert bring(connection, tmp_path, later, ("T00100", 2)).what == "date changed"
    assert days(connection, "T00100") == [("1 日", OLD, date(2025, 8, 31)), ("2 日", later, None)]


def test_a_table_that_adds_leaves_other_items_alone(connection: psycopg.Connection, tmp_path: Path) -> None:
    bring(connection, tmp_path, OLD, ("T00100", 1), ("T00200", 1))
    bring(connection, tmp_path, NEW, ("T00100", 2), adds=True)
    assert days(connection, "T00200") == [("1 日", OLD, None)]
    assert days(connection, "T00100")[0] == ("1 日", OLD, date(2025, 5, 31))


def test_a_table_of_the_same_day_takes_the_whole_place_of_the_one_before(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    bring(connection, tmp_path, OLD, ("T00100", 1))
    bring(connection, tmp_path, OLD, ("T00100", 2))
    (_, since, until), (_, _, stands) = days(connection, "T00100")
    assert until is not None
    assert until < since  # type: ignore[operator]
    assert stands is None


def test_without_a_known_date_nothing_is_kept(connection: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--since"):
        bring(connection, tmp_path, None, ("T00100", 1))
    assert batches(connection) == []


def test_a_settlement_meets_the_points_of_its_items_and_of_the_beginnings_of_its_diagnoses(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    tables = {
        "诊断与患者性别不符": [("A00T", None, "女"), ("B01T", None, "女")],
        "药品禁忌症": [("XTEST-0001", None, "A00T")],
        "医疗服务项目超限定报销总额": [("XTEST-0001", None, "1元/年")],
    }
    for name, rows in tables.items():
        keep(connection, read_workbook(local(tmp_path / f"{name}.xlsx", name, rows)), OLD)
    connection.execute("INSERT INTO patients (patient_id, sex) VALUES ('P1', '1')")
    batch, _ = scene([{"diagnoses": ["a00t.x01"], "lines": [{"item_code": "XTEST-0001"}]}])
    context = read_context(connection, batch)
    assert context.knowledge is not None
    assert sorted(context.knowledge["item_code"].tolist()) == ["A00T", "XTEST-0001", "XTEST-0001"]
    found = {(hit.code, hit.amount_fen) for hit in run_rules(batch, context).hits}
    assert found >= {("GZ10000204006000", 1000), ("GZ10000301008000", 1000), ("GZ10000102015000", 900)}
