"""Each box is billed once, but by those who cheat and by a slip of the scanner; own codes stand for one item each."""

from __future__ import annotations

import duckdb
import pytest

CODES = """(SELECT f.setl_id, f.feedetl_sn, f.fixmedins_code, f.hilist_code, f.cnt::DOUBLE AS cnt,
    unnest(string_split(drug_trac_codg, ',')) AS code, s.init_setl_id IS NOT NULL AS is_back
    FROM FEE_LIST_D f JOIN SETL_D s USING (setl_id) WHERE drug_trac_codg <> '')"""


def one(files: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = files.execute(query).fetchone()
    assert row is not None
    return row


def test_a_code_has_twenty_digits_and_names_one_drug(files: duckdb.DuckDBPyConnection) -> None:
    count, long, shared = one(
        files,
        f"SELECT count(*), count(*) FILTER (length(code) = 20), (SELECT count(*) FROM (SELECT code FROM {CODES} "
        f"GROUP BY code HAVING count(DISTINCT hilist_code) > 1)) FROM {CODES}",
    )
    assert count == long > 10_000
    assert shared == 0


def test_only_drugs_since_the_middle_of_2025_have_codes_and_one_for_each_box(files: duckdb.DuckDBPyConnection) -> None:
    early, other, boxes = one(
        files,
        "SELECT count(*) FILTER (s.setl_time < '2025-07-01'), count(*) FILTER (f.list_type <> '101'), "
        "count(*) FILTER (len(string_split(drug_trac_codg, ',')) <> abs(f.cnt::DOUBLE)) "
        "FROM FEE_LIST_D f JOIN SETL_D s USING (setl_id) WHERE drug_trac_codg <> ''",
    )
    assert (early, other, boxes) == (0, 0, 0)


@pytest.mark.parametrize(("what", "least", "most"), [("IN", 0.02, 1.0), ("NOT IN", 0.0, 0.004)])
def test_a_box_is_billed_again_by_cheats_and_hardly_by_others(
    files: duckdb.DuckDBPyConnection, what: str, least: float, most: float
) -> None:
    row = files.execute(
        f"""WITH sold AS (SELECT *, count(*) OVER (PARTITION BY code) AS times FROM {CODES} WHERE NOT is_back
            AND setl_id NOT IN (SELECT init_setl_id FROM SETL_D WHERE init_setl_id IS NOT NULL))
        SELECT avg((times > 1)::INT) FROM sold WHERE setl_id {what} (SELECT setl_id FROM truth)"""
    ).fetchone()
    assert row is not None
    assert least < row[0] <= most


def test_some_boxes_come_back_at_another_place(files: duckdb.DuckDBPyConnection) -> None:
    (count,) = one(
        files,
        f"SELECT count(*) FROM (SELECT code FROM {CODES} GROUP BY code HAVING count(DISTINCT fixmedins_code) > 1)",
    )
    assert count > 5


def test_a_refund_gives_back_the_boxes_of_its_original(files: duckdb.DuckDBPyConnection) -> None:
    count, other = one(
        files,
        "SELECT count(*), count(*) FILTER (r.drug_trac_codg <> o.drug_trac_codg) FROM FEE_LIST_D r "
        "JOIN FEE_LIST_D o ON o.feedetl_sn = r.init_feedetl_sn WHERE r.drug_trac_codg <> ''",
    )
    assert count > 20
    assert other == 0


def test_an_own_code_stands_for_one_item(files: duckdb.DuckDBPyConnection) -> None:
    twice, wrong, missing, lines = one(
        files,
        """SELECT (SELECT count(*) FROM (SELECT 1 FROM FEE_LIST_D GROUP BY fixmedins_code, medins_list_codg
            HAVING count(DISTINCT hilist_code) > 1)),
        count(*) FILTER (m.item_code <> f.hilist_code), count(*) FILTER (m.item_code IS NULL), count(*)
        FROM FEE_LIST_D f LEFT JOIN item_mappings m
        ON m.institution_id = f.fixmedins_code AND m.own_item_code = f.medins_list_codg""",
    )
    assert (twice, wrong) == (0, 0)
    assert 0 <= missing < lines / 200
