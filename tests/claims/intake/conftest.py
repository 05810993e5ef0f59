"""Small made-up source files in the national shape, and one call that imports them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.intake.read_mapping import read_mapping
from claims.intake.run import ImportResult, run_import
from claims.settings import Settings
from claims.store.connect import Store

SETTLEMENT = {
    "setl_id": "S1",
    "mdtrt_id": "M1",
    "psn_no": "made-up-person-1",
    "psn_name": "王某",
    "certno": "made-up-certificate",
    "gend": "1",
    "brdy": "1950-05-01",
    "insutype": "310",
    "psn_type": "11",
    "setl_time": "2025-03-01 09:30:00",
    "med_type": "11",
    "medfee_sumamt": "25.00",
    "inscp_amt": "20.00",
    "fund_pay_sumamt": "15.00",
    "acct_pay": "5.00",
    "cash_payamt": "5.00",
    "balc": "100.00",
    "fixmedins_code": "H00000000001",
    "fixmedins_name": "Made-up Hospital",
    "hosp_lv": "05",
    "begndate": "2025-03-01",
    "enddate": "2025-03-01",
    "init_setl_id": "",
    "opter_id": "T1",
    "insu_admdvs": "350200",
    "emp_name": "Made-up Employer",
    "opt_time": "2025-03-02 01:00:00",
    "pay_loc": "2",
    "vali_flag": "1",
}
LINE = {
    "feedetl_sn": "L1",
    "setl_id": "S1",
    "mdtrt_id": "M1",
    "fee_ocur_time": "2025-03-01 09:10:00",
    "rx_drord_no": "R1",
    "cnt": "2.0000",
    "pric": "12.500000",
    "det_item_fee_sumamt": "25.00",
    "pric_uplmt_amt": "13.000000",
    "inscp_amt": "20.00",
    "chrgitm_lv": "01",
    "hilist_name": "Made-up tablets",
    "list_type": "101",
    "med_list_codg": "XC09AA9999999999",
    "med_chrgitm_type": "09",
    "bilg_dept_codg": "A01",
    "bilg_dr_code": "D2",
    "prd_days": "14.00",
    "init_feedetl_sn": "",
}
VISIT = {
    "mdtrt_id": "M1",
    "begntime": "2025-03-01 09:00:00",
    "chfpdr_code": "D1",
    "adm_dept_codg": "A02",
}
DIAGNOSIS = {"setl_id": "S1", "diag_code": "I10.x00", "maindiag_flag": "1", "diag_type": "1"}


class Source:
    """A folder of source files and the store that they go to."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.settings = Settings(folder / "data", None, None, folder / "keys" / "pseudonym.key", "")

    def write(self, name: str, *rows: dict[str, Any], quote: str = "'", header: list[str] | None = None) -> Path:
        """Write rows as a national export (or, with another quote, a plain CSV)."""
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as out:
            names = header or list(rows[0])
            writer = csv.DictWriter(out, names, quotechar=quote, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def settlements(self, *changes: dict[str, Any], name: str = "SETL_D.csv") -> Path:
        """Settlements that differ from the usual one as said."""
        return self.write(name, *({**SETTLEMENT, **change} for change in changes))

    def lines(self, *changes: dict[str, Any], name: str = "FEE_LIST_D.csv") -> Path:
        """Fee lines that differ from the usual one as said."""
        return self.write(name, *({**LINE, **change} for change in changes))

    def bring_in(self, *paths: Path, mapping: str = "national", **options: Any) -> ImportResult:
        """Import the files; checks for every file that the counts add up."""
        result = run_import(self.store, self.settings, read_mapping(mapping), list(paths), **options)
        for file in result.files:
            assert file.read == file.taken + file.known + file.rejected
        return result

    def rejects(self, result: ImportResult) -> list[dict[str, str]]:
        """The rejects file's rows."""
        if result.rejects_path is None:
            return []
        with result.rejects_path.open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the store answers."""
        with self.store.as_owner() as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def source(tmp_path: Path, store: Store) -> Source:
    return Source(tmp_path, store)


@pytest.fixture
def usual() -> dict[str, Callable[[], dict[str, str]]]:
    """The usual rows by kind, as copies."""
    return {
        "settlement": lambda: dict(SETTLEMENT),
        "line": lambda: dict(LINE),
        "visit": lambda: dict(VISIT),
        "diagnosis": lambda: dict(DIAGNOSIS),
    }
