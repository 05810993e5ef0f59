"""`yicha rules self-check`: the five questions about the rule library, answered with evidence."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.life.self_check import Verdict, check_oneself
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.language import Language, of_terminal

_WORDS = {Verdict.YES: ("是", "yes"), Verdict.PARTLY: ("部分", "partly"), Verdict.NO: ("否", "no")}


def self_check(
    lang: Annotated[Language | None, typer.Option(help="Language; the terminal's if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, in both languages, instead of a table.")] = False,
) -> None:
    """Answer the five questions about the rule library from what the store shows of the last twelve months.

    Examples:
        yicha rules self-check

        yicha rules self-check --json > self-check.json
    """
    with open_store(read_settings()).as_owner() as connection:
        answers = check_oneself(connection)
    if as_json:
        typer.echo(json.dumps([answer.plain() for answer in answers], ensure_ascii=False, indent=2))
        return
    language = lang or of_terminal()
    place = 0 if language is Language.zh else 1
    heads = ("问题", "回答", "依据") if place == 0 else ("question", "answer", "evidence")
    table = Table(*heads, show_lines=True)
    for answer in answers:
        evidence = "\n".join(sentence[place] for sentence in answer.evidence)
        table.add_row(answer.question[place], _WORDS[answer.verdict][place], evidence)
    Console().print(table)
