"""Commands about the catalogue of rules: list them with their states, and write the page that lists them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.life.ledger import states_of
from audit.life.words import STATES
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.language import Language, of_terminal
from rules.catalogue import RULES
from rules.frame import Rule, State
from rules.indicators.catalogue import PERIOD_CODES
from rules.library.national import NationalRule, national_rules
from rules.page import rule_page, state_of


def list_rules(
    state: Annotated[State | None, typer.Option(help="Only rules in this state.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language; the terminal's if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show every rule of the national library and our own, with its grade and its state in this area.

    Examples:
        yicha rules list

        yicha rules list --state shadow --lang en
    """
    with open_store(read_settings()).as_owner() as connection:
        states = states_of(connection)
    chosen = [both for both in _both() if state is None or (both[0] and states[both[0].code] is state)]
    rows = [_row(rule, each, states) for rule, each in chosen]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    _show(rows, lang or of_terminal(), list(states.values()))


def _both() -> list[tuple[Rule | None, NationalRule | None]]:
    """Every rule of the library in its order, then our own."""
    working = {rule.code: rule for rule in RULES}
    library: list[tuple[Rule | None, NationalRule | None]] = [
        (working.pop(each.code, None), each) for each in national_rules()
    ]
    return library + [(rule, None) for rule in working.values()]


def _row(rule: Rule | None, each: NationalRule | None, states: dict[str, State]) -> dict[str, str | None]:
    named = rule or each
    assert named is not None
    return {
        "code": named.code,
        "name_zh": each.name_zh if each else named.name_zh,
        "name_en": named.name_en,
        "grade": rule.grade.value if rule else None,
        "state": states[rule.code].value if rule else None,
        "works": state_of(each, rule) if each else "works",
    }


def _show(rows: list[dict[str, str | None]], language: Language, states: list[State]) -> None:
    place = 0 if language is Language.zh else 1
    counts = ", ".join(f"{states.count(state)} {STATES[state][place]}" for state in State if state in states)
    table = Table("code", "name", "grade (not official)", "state here", "what it stands on", title=counts)
    for row in rows:
        name = row["name_zh"] if language is Language.zh else row["name_en"]
        here = STATES[State(row["state"])][place] if row["state"] else ""
        table.add_row(row["code"], name, row["grade"] or "", here, row["works"])
    Console().print(table)


def document(
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/rules.md"),
) -> None:
    """Write the page that lists every rule, from the library's list and the declarations.

    Example:  yicha rules document
    """
    out.write_text(rule_page(), encoding="utf-8")
    Console().print(
        f"{len(national_rules())} national rules, {len(RULES) + len(PERIOD_CODES)} that work, written to {out}"
    )
