"""`yicha rules backtest`: what a rule would have done in a past period."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from audit.life.backtest import NOW, TRIED, Backtest, backtest
from audit.life.ledger import rule_named
from audit.life.words import exemption_words
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.language import Language, of_terminal
from scoring.actions import REFUSE, REVIEW

Figures = Mapping[str, Any]


def run_backtest(
    code: Annotated[str, typer.Argument(help="The rule's code; it may be a draft.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of settlement.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE: try another value of a number; may come again.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language; the terminal's if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Ask a rule about a past period; nothing is written. Each claim is judged by its own day's numbers and knowledge.

    Examples:
        yicha rules backtest YC-SUPPLY --from 2025-01-01 --to 2025-12-31

        yicha rules backtest YC-SUPPLY --from 2025-01-01 --to 2025-12-31 --set review_from_days=60
    """
    rule, changed = rule_named(code), read_changes(changes or [])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_store(read_settings()).as_owner() as connection,
        Progress(*columns, console=Console(stderr=True), transient=True, disable=as_json) as bar,
    ):
        task = bar.add_task("asking", total=None)
        result = backtest(
            connection, rule, first.date(), last.date(), changed,
            lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(result.plain(), ensure_ascii=False, indent=2))
        return
    show(Console(), result, lang or of_terminal())


def read_changes(changes: Sequence[str]) -> dict[str, int]:
    """The numbers of `--set`.

    >>> read_changes(["days=7"])
    {'days': 7}
    """
    read: dict[str, int] = {}
    for change in changes:
        name, is_there, value = change.partition("=")
        if not is_there or not value.strip().lstrip("-").isdecimal() or len(value) > 15:
            raise BadSetting(
                f"--set {change[:60]!r} cannot be read. Expected NAME=VALUE with a whole number, such as "
                "review_from_days=60. Correct it."
            )
        read[name.strip()] = int(value)
    return read


def show(console: Console, result: Backtest, language: Language) -> None:
    """Print a table with one column, or two side by side."""
    is_zh = language is Language.zh
    rule = rule_named(result.code)
    name = rule.name_zh if is_zh else rule.name_en
    heads = {NOW: "现行" if is_zh else "now", TRIED: "试算" if is_zh else "tried"}
    table = Table(title=f"{result.code} {name}, {result.first} – {result.last}")
    table.add_column("")
    for column in result.columns:
        table.add_column(heads[column], justify="right")
    for zh, en, value in LINES:
        table.add_row(zh if is_zh else en, *(value(figures) for figures in result.columns.values()))
    for zh, en, counts in (
        ("仅此列命中的结算", "settlements hit by this column only", result.only),
        ("仅此列转审核或拒付的结算", "settlements held or refused by this column only", result.only_stopped),
    ):
        if counts:
            table.add_row(zh if is_zh else en, *(f"{counts[column]:,}" for column in result.columns))
    console.print(table)
    for column, figures in result.columns.items():
        for line in _details(figures, is_zh):
            console.print(f"{heads[column]}: {line}", markup=False, highlight=False, soft_wrap=True)
    if result.missing:
        tables = ", ".join(result.missing)
        say = (
            f"知识表未导入，规则未运行：{tables}" if is_zh else f"Not asked: no knowledge table of {tables} is loaded."
        )
        console.print(say, markup=False)


def _rate(share: Figures | None) -> str:
    if share is None:
        return "–"
    if share["share"] is None:
        return f"≤ {share['high']:.1%}"
    return f"{share['share']:.1%} ({share['low']:.1%} – {share['high']:.1%})"


def _of_verdicts(name: str) -> Callable[[Figures], str]:
    return lambda figures: f"{figures['verdicts'][name]:,}"


def _count(name: str) -> Callable[[Figures], str]:
    return lambda figures: f"{figures[name]:,}"


def _money(name: str) -> Callable[[Figures], str]:
    return lambda figures: f"{float(figures[name]):,.2f}"


def _stops(figures: Figures) -> int:
    return sum(count for action, count in figures["actions"].items() if action in (REVIEW, REFUSE))


LINES: tuple[tuple[str, str, Callable[[Figures], str]], ...] = (
    ("受检结算", "settlements asked about", _count("asked_claims")),
    ("命中", "hits", _count("hits")),
    ("命中结算", "settlements hit", _count("claims")),
    ("其中转审核或拒付", "of them held or refused", lambda figures: f"{_stops(figures):,}"),
    ("涉及金额（元）", "money found, yuan", _money("amount_yuan")),
    ("其中基金和个人账户（元）", "of it paid by fund and accounts, yuan", _money("paid_yuan")),
    ("涉及机构", "institutions touched", _count("institutions")),
    ("涉及参保人", "persons touched", _count("persons")),
    ("已认定违规", "past verdicts: violating", _of_verdicts("violating")),
    ("已认定无误", "past verdicts: in order", _of_verdicts("in_order")),
    ("未认定", "past verdicts: none", _of_verdicts("not_judged")),
    ("认定中无误占比（95% 区间）", "in order, of judged (95%)", lambda figures: _rate(figures["verdicts"]["wrongful"])),
    (
        "误拦率：转审核或拒付中无误占比",
        "wrongful stops: in order, of judged that were held or refused",
        lambda figures: _rate(figures["verdicts_of_stops"]["wrongful"]),
    ),
    (
        "仅看随机抽查",
        "in order, of random draws alone",
        lambda figures: (
            f"{_rate(figures['verdicts']['random_draw']['wrongful'])}, n={figures['verdicts']['random_draw']['draws']}"
        ),
    ),
    ("未能判断的结算", "settlements it could not judge", _count("unjudged_claims")),
)


def _details(figures: Figures, is_zh: bool) -> list[str]:
    """Lines below the table: exemptions, overlap, institutions, crashes; only those that have something to say."""
    spared = [f"{exemption_words(name)[0 if is_zh else 1]} {count:,}" for name, count in figures["spared"].items()]
    overlap = [f"{each['code']} {each['share']:.0%}" for each in figures["overlap"]]
    places = [f"{place} {claims:,}" for place, claims in figures["most_hit_institutions"].items()]
    crashes = [f"{error} {count:,}" for error, count in figures["crashes"].items()]
    heads = ("豁免", "同时命中的规则", "命中最多的机构", "运行错误")
    if not is_zh:
        heads = ("spared by exemptions", "also hit by", "most hit institutions", "crashes")
    parts = zip(heads, (spared, overlap, places, crashes), strict=True)
    return [f"{head}: {', '.join(values)}" for head, values in parts if values]
