"""Commands about rules: list them, and write the page that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rules.catalogue import RULES
from rules.indicators.catalogue import PERIOD_CODES
from rules.library.national import national_rules
from rules.page import rule_page, state_of


def list_rules() -> None:
    """Show every rule of the national library and our own, with its grade and its state.

    Example:  yicha rules list
    """
    working = {rule.code: rule for rule in RULES}
    national = national_rules()
    count = len(RULES) + len(PERIOD_CODES)
    table = Table("code", "name", "grade (not official)", "state", title=f"{count} rules work")
    for each in national:
        rule = working.pop(each.code, None)
        table.add_row(each.code, each.name_zh, rule.grade.value if rule else "", state_of(each, rule))
    for rule in working.values():
        table.add_row(rule.code, rule.name_zh, rule.grade.value, "works")
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
