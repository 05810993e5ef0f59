"""A file that cannot be taken is refused in one sentence; the corrected file comes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.claims.intake.conftest import DIAGNOSIS, LINE, SETTLEMENT, Source
from tests.cli.conftest import CommandLine

NATIONAL = ("import", "--mapping", "national")


def taken(source: Source) -> int:
    [(claims,)] = source.rows("SELECT count(*) FROM claims")
    return int(claims)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in SETTLEMENT.items() if name not in names}


def in_gb18030(source: Source) -> Path:
    path = source.settlements({})
    path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))
    return path


def empty(source: Source) -> Path:
    path = source.folder / "SETL_D.csv"
    path.write_bytes(b"")
    return path


WHOLE_FILES: dict[str, tuple[Callable[[Source], Path], str]] = {
    "missing columns": (lambda it: it.write("SETL_D.csv", without("psn_no", "setl_time")), "psn_no, setl_time"),
    "not UTF-8": (in_gb18030, "SETL_D.csv, line 2, is not UTF-8"),
    "empty": (empty, "SETL_D.csv is empty"),
    "header only": (lambda it: it.write("SETL_D.csv", header=list(SETTLEMENT)), "no row in SETL_D.csv"),
    "no such file": (lambda it: it.folder / "SETL_D_2026.csv", "There is no file"),
    "a name that no part has": (lambda it: it.write("holidays.csv", {"day": "1"}), "SETL_D*"),
    "a folder": (lambda it: it.folder, "There is no file"),
}


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_refused_and_the_corrected_one_comes_in(
    case: str, yicha: CommandLine, source: Source
) -> None:
    make, says = WHOLE_FILES[case]
    assert says in yicha.refuses(*NATIONAL, make(source))
    assert taken(source) == 0
    yicha.does(*NATIONAL, source.settlements({}))
    assert taken(source) == 1


BAD_SETTLEMENTS: dict[str, tuple[dict[str, str], str]] = {
    "wrong type": ({"medfee_sumamt": "twelve"}, "medfee_sumamt: "),
    "unknown code": ({"med_type": "XX"}, "med_type: "),
    "impossible date": ({"setl_time": "2025-02-30 09:30:00"}, "setl_time: "),
    "a date in another age": ({"setl_time": "0202-03-01 09:30:00"}, "setl_time: "),
    "a negative total without an original": ({"medfee_sumamt": "-25.00"}, "negative total without an original"),
    "a known id with another content": ({"setl_id": "S0", "medfee_sumamt": "26.00"}, "line 3"),
}


@pytest.mark.parametrize("case", BAD_SETTLEMENTS)
def test_a_bad_row_is_said_with_its_place_and_comes_in_when_corrected(
    case: str, yicha: CommandLine, source: Source
) -> None:
    change, says = BAD_SETTLEMENTS[case]
    message = yicha.refuses(*NATIONAL, source.settlements({"setl_id": "S0"}, change))
    assert message.startswith("1 of 2 rows were rejected, the first for SETL_D.csv line 3")
    assert says in message
    assert taken(source) == 1
    yicha.does(*NATIONAL, source.settlements({"setl_id": "S0"}, {}))
    assert taken(source) == 2


def test_a_negative_quantity_without_an_original_is_said(yicha: CommandLine, source: Source) -> None:
    settlement = source.settlements({})
    message = yicha.refuses(*NATIONAL, settlement, source.lines({"cnt": "-2.0000", "det_item_fee_sumamt": "-25.00"}))
    assert "FEE_LIST_D.csv line 2, cnt" in message or "without an original" in message
    assert source.rows("SELECT count(*) FROM lines") == [(0,)]
    yicha.does(*NATIONAL, settlement, source.lines({}))
    assert source.rows("SELECT count(*) FROM lines") == [(1,)]


def test_rejects_say_where_and_never_what(yicha: CommandLine, source: Source) -> None:
    outcome = yicha(*NATIONAL, "--rejects", source.folder / "r.csv", source.settlements({"medfee_sumamt": "made-up-9"}))
    assert outcome.code == 3
    said = outcome.out + outcome.err + (source.folder / "r.csv").read_text(encoding="utf-8")
    assert "made-up-9" not in said
    assert "aaaa-aa-9" in said


def test_a_rejects_file_that_cannot_be_written_is_said(yicha: CommandLine, source: Source) -> None:
    (source.folder / "taken").write_text("a file", encoding="utf-8")
    bad = source.settlements({"medfee_sumamt": "x"})
    assert "rejects file" in yicha.refuses(*NATIONAL, "--rejects", source.folder / "taken" / "r.csv", bad)
    assert taken(source) == 0


def test_extra_columns_are_allowed_and_said(yicha: CommandLine, source: Source) -> None:
    assert "favourite_colour" in yicha.does(*NATIONAL, source.settlements({"favourite_colour": "blue"}))
    assert taken(source) == 1


def test_a_header_alone_beside_a_full_file_is_only_said(yicha: CommandLine, source: Source) -> None:
    alone = source.write("SETL_LIST_DIAG_D.csv", header=list(DIAGNOSIS))
    assert "has a header and no rows" in yicha.does(*NATIONAL, source.settlements({}), alone)


def test_a_mapping_that_names_an_absent_column_is_refused(yicha: CommandLine, source: Source) -> None:
    from claims.intake.read_mapping import FOLDER

    text = (FOLDER / "national.yaml").read_text(encoding="utf-8")
    ours = source.folder / "ours.yaml"
    ours.write_text(text.replace("psn_no", "person_no_of_ours"), encoding="utf-8")
    settlement = source.settlements({})
    assert "has no column person_no_of_ours" in yicha.refuses("import", "--mapping", ours, settlement)
    ours.write_text(text, encoding="utf-8")
    yicha.does("import", "--mapping", ours, settlement)


def test_an_unknown_mapping_is_refused_with_the_known_ones(yicha: CommandLine, source: Source) -> None:
    settlement = source.settlements({})
    assert "hpfd, national" in yicha.refuses("import", "--mapping", "nationale", settlement)
    assert "--mapping" in yicha.refuses("import", settlement)


def test_lines_without_their_settlement_are_rejected(yicha: CommandLine, source: Source) -> None:
    message = yicha.refuses(*NATIONAL, source.write("FEE_LIST_D.csv", dict(LINE)))
    assert "its claim is unknown" in message
