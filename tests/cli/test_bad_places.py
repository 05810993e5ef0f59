"""A database, key, folder or number that cannot be used is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine

NATIONAL = ("import", "--mapping", "national")
CLOSED = "postgresql://nobody:made-up-password@127.0.0.1:9/none"


@pytest.mark.parametrize("words", [("queue",), ("features", "build"), ("graphs", "list"), ("train",), ("keys", "list")])
def test_a_database_that_is_down_is_named_without_its_password(
    words: tuple[str, ...], yicha: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YICHA_DATABASE_URL", CLOSED)
    message = yicha.refuses(*words)
    assert "127.0.0.1:9/none" in message
    assert "made-up-password" not in message


def test_an_address_that_is_none_is_said(yicha: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YICHA_DATABASE_URL", "made-up-password@somewhere")
    message = yicha.refuses("queue")
    assert "YICHA_DATABASE_URL" in message
    assert "made-up-password" not in message


@pytest.mark.parametrize("below", ["", "below"])
def test_a_data_folder_that_is_a_file_is_said(
    below: str, yicha: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "occupied").write_text("a file", encoding="utf-8")
    monkeypatch.delenv("YICHA_DATABASE_URL")
    monkeypatch.setenv("YICHA_DATA", str(tmp_path / "occupied" / below))
    assert "YICHA_DATA" in yicha.refuses("queue")


def test_a_key_file_that_is_gone_stops_the_import_and_its_return_lets_it_go_on(
    yicha: CommandLine, source: Source
) -> None:
    yicha.does(*NATIONAL, source.settlements({}))
    key = source.settings.key_file
    key.rename(key.with_suffix(".away"))
    more = source.settlements({}, {"setl_id": "S2"})
    assert "is gone" in yicha.refuses(*NATIONAL, more)
    assert not key.exists()
    key.with_suffix(".away").rename(key)
    yicha.does(*NATIONAL, more)


def test_a_key_file_that_cannot_be_made_is_said(
    yicha: CommandLine, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source.folder / "occupied").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("YICHA_KEY_FILE", str(source.folder / "occupied" / "pseudonym.key"))
    assert "YICHA_KEY_FILE" in yicha.refuses(*NATIONAL, source.settlements({}))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--insured", "3"), "500"),
        (("--insured", "many"), "--insured"),
        (("--insured", "600", "--months", "0"), "months"),
        (("--insured", "600", "--months", "2", "--live-days", "400"), "live days"),
        (("--insured", "600", "--rates", "wild"), "realistic, dense"),
        (("--insured", "600", "--seed", "-1"), "seed"),
        (("--insured", "600", "--last-day", "0001-01-01"), "last day"),
        (("--insured", "600", "--last-day", "yesterday"), "--last-day"),
    ],
)
def test_a_city_of_nonsense_numbers_is_refused(words: tuple[str, ...], says: str, yicha: CommandLine) -> None:
    assert says in yicha.refuses("city", *words, "--out", yicha.home / "city")
    assert not (yicha.home / "city").exists()


def test_a_city_is_not_written_into_a_folder_with_files_nor_over_a_file(yicha: CommandLine) -> None:
    city = yicha.home / "city"
    city.mkdir()
    (city / "mine.txt").write_text("keep", encoding="utf-8")
    small = ("city", "--insured", "500", "--months", "1", "--out")
    assert "already holds files" in yicha.refuses(*small, city)
    assert "cannot be used" in yicha.refuses(*small, city / "mine.txt")
    assert [path.name for path in city.iterdir()] == ["mine.txt"]
    yicha.does(*small, yicha.home / "another")


@pytest.mark.parametrize(
    "words", [("nonsense",), ("graphs", "nonsense"), ("queue", "--nonsense"), ("promote", "--why")]
)
def test_words_that_mean_nothing_are_refused(words: tuple[str, ...], yicha: CommandLine) -> None:
    assert yicha(*words).code == 2
    assert "--help" in yicha.refuses(*words)
