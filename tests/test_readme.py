"""Commands and snippets that the documents show are real, and both languages show the same."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from cli.commands import COMMANDS
from cli.main import build_app

PROJECT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
PROGRAMS = ("yicha", ".venv/bin/yicha")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of one language in a document."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def typed(name: str) -> list[list[str]]:
    """The `yicha` commands of a document, as words after the program's name."""
    lines = [line for block in blocks(name, "sh") for line in block.replace("\\\n", " ").splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line and line[0] in PROGRAMS]


@pytest.mark.parametrize("name", READMES)
def test_every_command_that_is_shown_exists_with_its_options(name: str) -> None:
    commands = typed(name)
    assert commands
    for words in commands:
        if words == ["--help"]:
            continue
        understand(words)


def understand(words: list[str]) -> None:
    """Parse the words as the program would, without doing anything; fails on an unknown command or option."""
    command = typer.main.get_command(build_app(words))
    context = command.make_context("yicha", list(words), resilient_parsing=False)
    known = {path for path, _, _ in COMMANDS}
    path: list[str] = []
    rest = list(words)
    while hasattr(command, "commands"):
        path.append(rest.pop(0))
        assert path[-1] in command.commands, " ".join(words)
        command = command.commands[path[-1]]
    assert " ".join(path) in known
    if "--help" not in rest:
        command.make_context(" ".join(path), rest, parent=context)


@pytest.mark.parametrize("bad", [["nonsense"], ["queue", "--nonsense"], ["graphs", "nonsense"], ["promote"]])
def test_a_command_that_does_not_exist_would_be_found(bad: list[str]) -> None:
    with pytest.raises((AssertionError, Exception)):
        understand(bad)


def test_both_languages_show_the_same_commands() -> None:
    english, chinese = (blocks(name, "sh") for name in READMES)
    assert english == chinese


def test_both_languages_have_the_same_sections() -> None:
    levels = []
    for name in READMES:
        text = BLOCK.sub("", (PROJECT / name).read_text(encoding="utf-8"))
        levels.append([len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)])
    assert levels[0] == levels[1]


@pytest.mark.parametrize("name", READMES)
def test_every_python_snippet_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YICHA_DATA", str(tmp_path / "data"))
    names: dict[str, object] = {}
    for snippet in blocks(name, "python"):
        exec(compile(snippet, name, "exec"), names)


@pytest.mark.parametrize("name", READMES)
def test_every_variable_in_the_table_of_settings_is_read(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    settings = (PROJECT / "claims" / "settings.py").read_text(encoding="utf-8")
    assert named == set(re.findall(r'"([A-Z]+_[A-Z_]+)"', settings))
