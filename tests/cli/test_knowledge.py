"""`yicha knowledge` brings tables in, lists them and says what holds on a day."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.rules.knowledge.made import counts, pairs, remarks, workbook


def test_a_table_is_imported_listed_and_shown_by_day(yicha: CommandLine, tmp_path: Path) -> None:
    old = counts(tmp_path / "old.xlsx", ("T00100", 1, "日"))
    new = counts(tmp_path / "new.xlsx", ("T00100", 2, "日"))
    yicha.does("knowledge", "import", old, "--since", "2025-01-01")
    said = yicha.does("knowledge", "import", new, "--since", "2025-06-01")
    assert "imported" in said
    assert "item_count" in yicha.does("knowledge", "list")
    show = ("knowledge", "show", "T00100", "--lang", "en", "--on")
    now, _, others = yicha.does(*show, "2025-05-31").partition("On other days:")
    assert "at most 1 a day" in now
    assert "at most 2 a day" in others
    assert "at most 2 a day" in yicha.does(*show, "2025-06-01").partition("On other days:")[0]
    assert "Nothing holds on 2024-12-31" in yicha.does(*show, "2024-12-31")


def test_a_pair_is_shown_for_either_item(yicha: CommandLine, tmp_path: Path) -> None:
    yicha.does("knowledge", "import", pairs(tmp_path / "p.xlsx", ("单日", "T00100", "T00200")), "--since", "2025-01-01")
    assert "“大项”已包含“小项（T00200）”" in yicha.does("knowledge", "show", "T00200", "--lang", "zh")


def test_the_same_file_twice_is_said_to_change_nothing(yicha: CommandLine, tmp_path: Path) -> None:
    path = counts(tmp_path / "t.xlsx", ("T00100", 1, "日"))
    yicha.does("knowledge", "import", path, "--since", "2025-01-01")
    assert "no change" in yicha.does("knowledge", "import", path)


def test_words_that_act_never_are_said(yicha: CommandLine, tmp_path: Path) -> None:
    path = remarks(tmp_path / "t.xlsx", "医疗服务项目限年龄", ("T00100", "超出法定就业年龄"))
    said = yicha.does("knowledge", "import", path, "--since", "2025-01-01")
    assert "超出法定就业年龄" in said.replace("\n", "")


def test_either_all_files_are_taken_or_none(yicha: CommandLine, tmp_path: Path) -> None:
    good = counts(tmp_path / "good.xlsx", ("T00100", 1, "日"))
    bad = workbook(tmp_path / "bad.xlsx", ("Sheet1", [("海拔高度",)]))
    assert "海拔高度" in yicha.refuses("knowledge", "import", good, bad, "--since", "2025-01-01")
    assert "No knowledge table is in the store" in yicha.does("knowledge", "list")


def test_an_item_that_no_table_names_is_said(yicha: CommandLine) -> None:
    assert "No knowledge table names" in yicha.refuses("knowledge", "show", "T00100")
