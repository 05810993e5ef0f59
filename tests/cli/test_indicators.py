"""`yicha rules indicators` and `yicha rules stock` read a period from the store."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine
from tests.rules.knowledge.made import local

MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")
PLAIN = {"quote": '"'}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def a_march(source: Source) -> None:
    """Drugs of 25 yuan and a test of 75; a reversal of other drugs; two stays of one person; a pharmacy."""
    stays = (
        {"setl_id": "A", "mdtrt_id": "MA", "begndate": "2025-02-10", "enddate": "2025-02-20"},
        {"setl_id": "B", "mdtrt_id": "MB", "begndate": "2025-03-01", "enddate": "2025-03-05"},
    )
    result = source.bring_in(
        source.settlements(
            {"medfee_sumamt": "100.00"},
            {"setl_id": "S2", "mdtrt_id": "M2"},
            {"setl_id": "S3", "mdtrt_id": "M2", "init_setl_id": "S2", "medfee_sumamt": "-25.00",
             "fund_pay_sumamt": "-15.00", "acct_pay": "-5.00", "cash_payamt": "-5.00"},
            *({**stay, "med_type": "21", "setl_time": f"{stay['enddate']} 10:00:00", "opt_time": ""} for stay in stays),
            {"setl_id": "S4", "mdtrt_id": "M4", "med_type": "41", "fixmedins_code": "P00000000001"},
        ),
        source.lines(
            {},
            {"feedetl_sn": "L2", "list_type": "201", "med_chrgitm_type": "04", "med_list_codg": "TEST-0001",
             "det_item_fee_sumamt": "75.00", "pric": "37.50"},
            {"feedetl_sn": "L3", "setl_id": "S2", "mdtrt_id": "M2"},
            {"feedetl_sn": "L4", "setl_id": "S4", "mdtrt_id": "M4"},
        ),
        source.write(
            "stock.csv",
            {"institution_id": "P00000000001", "record_id": "K1", "item_code": "XC09AA9999999999", "movement": "3503",
             "quantity_e4": "5000", "moved_at": "2025-02-20 10:00:00"},
            **PLAIN,
        ),
    )  # fmt: skip
    assert not source.rejects(result)


def test_shares_and_readmissions_of_a_month(yicha: CommandLine, source: Source, tmp_path: Path) -> None:
    a_march(source)
    listed = local(tmp_path / "ct.xlsx", "CT检查占比统计", [("TEST-0001", None, "在列")])
    yicha.does("knowledge", "import", listed, "--since", "2025-01-01")
    out = tmp_path / "out.csv"
    said = yicha.does("rules", "indicators", *MARCH, "--institution", "H00000000001", "--out", out)
    assert "核磁检查占比统计: no item of its list was billed" in said
    found = {row["indicator"]: row for row in rows_of(out)}
    shown = {name: (row["part"], row["whole"], row["share"], row["month"]) for name, row in found.items()}
    assert shown == {
        "药费占比统计": ("25.00", "100.00", "25.0%", "2025-03"),  # the reversal has no lines: it takes all back
        "检验检查占比统计": ("75.00", "100.00", "75.0%", "2025-03"),
        "耗材占比统计": ("0.00", "100.00", "0.0%", "2025-03"),
        "治疗占比统计": ("0.00", "100.00", "0.0%", "2025-03"),
        "CT检查占比统计": ("75.00", "100.00", "75.0%", "2025-03"),
        "非计划再入院率统计": ("1", "1", "100.0%", "2025-03"),
    }
    assert "institutions far above their peers: none" in yicha.does("rules", "indicators", *MARCH)


def test_what_was_sold_beyond_the_stock(yicha: CommandLine, source: Source, tmp_path: Path) -> None:
    a_march(source)
    out = tmp_path / "out.csv"
    yicha.does("rules", "stock", *MARCH, "--out", out)
    [row] = rows_of(out)
    assert row == {
        "rule": "GZ10000202001000", "institution": "P00000000001", "item": "XC09AA9999999999", "since": "2025-03-01",
        "available": "0.5", "sold": "2", "beyond": "1.5", "yuan beyond": "18.75",
    }  # fmt: skip
    assert "0 items sold beyond their stock, of 0 institutions" in yicha.does(
        "rules", "stock", *MARCH, "--institution", "H00000000001"
    )


def test_a_period_an_institution_or_a_file_that_cannot_be(yicha: CommandLine, source: Source, tmp_path: Path) -> None:
    for words in (("rules", "indicators"), ("rules", "stock")):
        assert "before it begins" in yicha.refuses(*words, "--from", "2025-03-31", "--to", "2025-03-01")
        assert "no institution 'H404'" in yicha.refuses(*words, *MARCH, "--institution", "H404")
        assert "cannot be written" in yicha.refuses(*words, *MARCH, "--out", tmp_path / "nowhere" / "out.csv")
