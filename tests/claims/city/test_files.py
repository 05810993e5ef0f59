"""The files are what a stranger would hand over, and hang together."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.errors import BadSetting

NATIONAL = ("MDTRT_D", "SETL_D", "FEE_LIST_D", "SETL_LIST_DIAG_D", "SETL_LIST_OPRN_D")
SMALL = {"insured": 800, "months": 3}


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def count(files: duckdb.DuckDBPyConnection, query: str) -> int:
    row = files.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_city(make_city(CityPlan(**SMALL, seed=5)), tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_makes_other_claims(tmp_path: Path) -> None:
    for seed in (5, 6):
        write_city(make_city(CityPlan(**SMALL, seed=seed)), tmp_path / str(seed))
    one, two = digests(tmp_path / "5"), digests(tmp_path / "6")
    assert one["SETL_D.csv"] != two["SETL_D.csv"]


@pytest.mark.parametrize("name", NATIONAL)
def test_national_files_are_single_quoted_with_carriage_returns(folder: Path, name: str) -> None:
    text = (folder / f"{name}.csv").read_bytes()
    rows = text.split(b"\r\n")
    assert rows[-1] == b""
    assert text.count(b"\n") == len(rows) - 1
    assert all(row.startswith(b"'") and row.endswith(b"'") for row in rows[:50] if b",," not in row[-3:])


def test_the_counts_of_the_manifest_are_the_rows_of_the_files(folder: Path, files: duckdb.DuckDBPyConnection) -> None:
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert manifest["plan"]["seed"] == 3
    for name, rows in manifest["rows"].items():
        assert count(files, f"SELECT count(*) FROM {Path(name).stem}") == rows


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("FEE_LIST_D", "setl_id", "SETL_D", "setl_id"),
        ("SETL_D", "mdtrt_id", "MDTRT_D", "mdtrt_id"),
        ("SETL_D", "init_setl_id", "SETL_D", "setl_id"),
        ("SETL_D", "fixmedins_code", "institutions", "institution_id"),
        ("SETL_D", "opter_id", "staff", "staff_id"),
        ("SETL_D", "psn_no", "patients_registered", "psn_no"),
        ("FEE_LIST_D", "med_list_codg", "catalogue", "item_code"),
        ("FEE_LIST_D", "init_feedetl_sn", "FEE_LIST_D", "feedetl_sn"),
        ("FEE_LIST_D", "bilg_dr_code", "staff", "staff_id"),
        ("SETL_LIST_DIAG_D", "setl_id", "SETL_D", "setl_id"),
        ("SETL_LIST_OPRN_D", "setl_id", "SETL_D", "setl_id"),
        ("verdicts", "setl_id", "SETL_D", "setl_id"),
        ("verdicts", "feedetl_sn", "FEE_LIST_D", "feedetl_sn"),
        ("verdicts", "replaces_verdict_id", "verdicts", "verdict_id"),
        ("truth", "setl_id", "SETL_D", "setl_id"),
        ("stock", "institution_id", "institutions", "institution_id"),
        ("item_mappings", "item_code", "catalogue", "item_code"),
        ("item_mappings", "own_item_code", "FEE_LIST_D", "medins_list_codg"),
    ],
)
def test_what_a_row_names_is_there(
    files: duckdb.DuckDBPyConnection, child: str, column: str, parent: str, key: str
) -> None:
    lost = f"SELECT count(*) FROM {child} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {parent})"
    assert count(files, f"SELECT count(*) FROM {child} WHERE {column} IS NOT NULL") > 0
    assert count(files, lost) == 0


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("SETL_D", "setl_id"),
        ("MDTRT_D", "mdtrt_id"),
        ("FEE_LIST_D", "feedetl_sn"),
        ("verdicts", "verdict_id"),
        ("institutions", "institution_id"),
        ("catalogue", "item_code"),
        ("staff", "staff_id"),
        ("stock", "record_id"),
        ("patients_registered", "psn_no"),
    ],
)
def test_keys_are_unique(files: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert count(files, f"SELECT count(*) - count(DISTINCT {key}) FROM {table}") == 0


def test_long_prescriptions_begin_on_many_days_and_are_filled_only_while_they_hold(
    files: duckdb.DuckDBPyConnection,
) -> None:
    first, last = "long_prescription_from", "long_prescription_until"
    approvals = f"""SELECT count(DISTINCT {first}) > 100 AND count(*) FILTER ({first} < '2025-01-01') > 50
        AND count(*) FILTER ({first} >= '2025-01-01') > 50 AND count({last}) BETWEEN 5 AND count({first}) / 4
        AND count(*) FILTER ({last} < {first}) = 0 FROM patients_registered"""
    assert count(files, approvals) == 1
    long_ones = f"""SELECT count(*) FROM FEE_LIST_D f JOIN SETL_D s USING (setl_id)
        JOIN patients_registered p ON p.psn_no = s.psn_no WHERE f.prd_days::DOUBLE >= 80 AND coalesce(
        s.setl_time[:10] BETWEEN p.{first} AND coalesce(p.{last}, '9999'), false) ="""
    honest = "AND setl_id NOT IN (SELECT setl_id FROM truth)"  # schemes bill what nobody prescribed
    assert count(files, f"{long_ones} true") > 300
    # two months before a journey, in packs of fifty days, come to more than eighty as well
    assert count(files, f"{long_ones} false {honest}") < count(files, f"{long_ones} true") / 100


def test_a_claim_is_the_sum_of_its_lines_and_of_who_paid(files: duckdb.DuckDBPyConnection) -> None:
    wrong = """SELECT count(*) FROM SETL_D s JOIN (SELECT setl_id, sum(det_item_fee_sumamt::DECIMAL(16,2)) AS total
        FROM FEE_LIST_D GROUP BY 1) l USING (setl_id) WHERE s.medfee_sumamt::DECIMAL(16,2) <> l.total
        OR l.total <> s.fund_pay_sumamt::DECIMAL(16,2) + s.acct_pay::DECIMAL(16,2) + s.cash_payamt::DECIMAL(16,2)"""
    assert count(files, wrong) == 0
    assert (
        count(
            files,
            "SELECT count(*) FROM SETL_D WHERE balc::DOUBLE < 0 OR setl_id NOT IN (SELECT setl_id FROM FEE_LIST_D)",
        )
        == 0
    )


def test_a_reversal_follows_its_original_and_takes_back_no_more_than_it_had(files: duckdb.DuckDBPyConnection) -> None:
    assert count(files, "SELECT count(*) FROM SETL_D WHERE init_setl_id IS NOT NULL") > 50
    wrong = """SELECT count(*) FROM SETL_D r JOIN SETL_D o ON o.setl_id = r.init_setl_id
        WHERE r.setl_time <= o.setl_time OR r.psn_no <> o.psn_no OR r.medfee_sumamt::DOUBLE > 0
        OR -r.medfee_sumamt::DOUBLE > o.medfee_sumamt::DOUBLE OR r.setl_id <= o.setl_id"""
    assert count(files, wrong) == 0


def test_ids_follow_time_and_so_tell_nothing_else(files: duckdb.DuckDBPyConnection) -> None:
    out_of_order = """SELECT count(*) FROM (SELECT setl_time < lag(setl_time) OVER (ORDER BY setl_id) AS back
        FROM SETL_D) WHERE back"""
    assert count(files, out_of_order) == 0
    prefixes = "SELECT count(DISTINCT substr(setl_id, 1, 4) || length(setl_id)) FROM SETL_D"
    assert count(files, prefixes) == 1


@pytest.mark.parametrize("id_column", ["mdtrt_id", "psn_no"])
def test_wrong_claims_lie_evenly_over_the_ids(files: duckdb.DuckDBPyConnection, id_column: str) -> None:
    """A ranking by an id alone finds them no better than chance (area under the curve near one half)."""
    unit = "setl_id" if id_column == "mdtrt_id" else "psn_no"
    query = f"""WITH units AS (SELECT DISTINCT {id_column} AS id, {unit} IN (SELECT {unit} FROM truth) AS wrong
        FROM SETL_D WHERE init_setl_id IS NULL),
        ranked AS (SELECT wrong, row_number() OVER (ORDER BY id) AS place FROM units)
        SELECT (avg(place) FILTER (wrong) - avg(place) FILTER (NOT wrong)) / count(*) FROM ranked"""
    row = files.execute(query).fetchone()
    assert row is not None
    assert abs(row[0]) < 0.05


def test_the_truth_is_hinted_at_by_no_other_file(folder: Path) -> None:
    words = (b"ant_moving", b"card_collectors", b"empty_swipes", b"scheme", b"truth", b"ring_id")
    for path in folder.glob("*.csv"):
        text = path.read_bytes()
        assert not any(word in text for word in words), path.name


def test_live_days_are_the_last_days_and_no_verdict_speaks_of_them(tmp_path: Path) -> None:
    plan = CityPlan(**SMALL, live_days=5, last_day=date(2025, 12, 31))
    write_city(make_city(plan), tmp_path / "live")
    write_city(make_city(CityPlan(**SMALL)), tmp_path / "all")

    def read(path: Path) -> list[str]:
        return path.read_text(encoding="utf-8").splitlines()[1:]

    past, live = read(tmp_path / "live/SETL_D.csv"), read(tmp_path / "live/live/SETL_D.csv")
    assert sorted(past + live) == sorted(read(tmp_path / "all/SETL_D.csv"))
    for name, what in (("live/SETL_D.csv", "max"), ("live/live/SETL_D.csv", "min")):
        times = duckdb.execute(
            f"SELECT {what}(opt_time)::VARCHAR FROM read_csv('{tmp_path / name}', quote='''')"
        ).fetchone()
        assert times is not None
        assert (times[0] >= "2025-12-27") == (what == "min"), "what was uploaded late comes with the live days"
    live_ids = {row.split("'")[1] for row in live}
    verdicts = read(tmp_path / "live/verdicts.csv")
    assert verdicts
    assert not live_ids & {row.split(",")[1] for row in verdicts}


@pytest.mark.parametrize(
    ("knob", "says"),
    [
        ({"rates": "wild"}, "realistic, dense"),
        ({"insured": 3}, "from 500 to"),
        ({"months": 0}, "months"),
        ({"months": 1, "live_days": 40}, "live days"),
    ],
)
def test_a_knob_that_cannot_be_is_said_in_one_sentence(knob: dict[str, int], says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        CityPlan(**knob)  # type: ignore[arg-type]


def test_a_folder_with_files_is_left_alone(city: object, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(BadSetting, match="already holds files"):
        write_city(make_city(CityPlan(**SMALL)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
