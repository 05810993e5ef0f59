"""`yicha queue`: today's audit queue on the terminal."""

import time
from typing import Annotated

import typer
from rich.console import Console

from audit.draw import draw_random
from audit.queue import QueueRow, todays_plan
from claims.clock import DAY
from claims.settings import read_settings
from claims.store.connect import Store, open_store
from cli.blocks import Block, Column, show_blocks
from cli.language import Language, of_terminal
from serving.web.reasons import Grouped, grouped
from serving.web.words import word

console = Console()

MOST_REASONS = 3
"""Sentences below a case; the page shows all of them."""


def queue(
    top: Annotated[int, typer.Option(help="How many cases to show.", min=1, max=1000)] = 10,
    lang: Annotated[
        Language | None, typer.Option(help="Language of headings and reasons; the terminal's if left out.")
    ] = None,
    draw: Annotated[bool, typer.Option("--draw", help="First draw today's random share, once a day.")] = False,
    draw_days: Annotated[int, typer.Option(help="Draw from what was decided in so many days.", min=1, max=366)] = 1,
) -> None:
    """Show today's plan: open cases by expected recoverable money per reviewer minute, within capacity.

    Examples:
      yicha queue
      yicha queue --top 20 --lang en
      yicha queue --draw
    """
    language = lang or of_terminal()
    now = int(time.time())
    store = open_store(read_settings())
    if draw:
        _draw(store, now, draw_days)
    with store.as_service() as connection:
        rows = todays_plan(connection, now)
    if not rows:
        console.print(word("empty_queue", language.value))
        return
    console.print(_title(rows, language.value), highlight=False)
    show_blocks(console, _columns(language.value), [_block(row, language.value, now) for row in rows[:top]])


def _draw(store: Store, now: int, days: int) -> None:
    with store.as_service() as connection:
        drawn = draw_random(connection, now - days * DAY, now)
    if drawn is None:
        console.print("The random share of today was drawn before.")
        return
    count, frame = sum(drawn.drawn.values()), sum(drawn.frame.values())
    console.print(f"Drawn {count} of {frame} unflagged settlements (seed {drawn.seed}).")


def _title(rows: list[QueueRow], language: str) -> str:
    money = sum(row.money_at_stake_fen for row in rows) / 100
    count = f"{len(rows)} {word('cases_unit', language) or 'cases'}"
    minutes = f"{sum(row.minutes for row in rows):,.0f} {word('minutes_unit', language)}"
    return f"[bold]{word('today', language)}[/]{'：' if language == 'zh' else ': '}{count} · {minutes} · ¥{money:,.2f}"


def _columns(language: str) -> list[Column]:
    # Two of the names are long on the page; here the line must fit 80 cells.
    short = {"zh": ("元/分钟", "剩余"), "en": ("¥/min", "Left")}[language]
    return [
        Column(word("subject", language), most=_subject_width(), style="bold"),
        Column(short[0], is_number=True, style="cyan"),
        Column(word("money", language), is_number=True),
        Column(word("probability", language) if language == "zh" else "Prob.", is_number=True),
        Column(short[1], is_number=True),
        Column(word("source", language)),
    ]


def _subject_width() -> int:
    """Whole ids where there is room for them."""
    return max(24, min(46, console.width - 56))


def _block(row: QueueRow, language: str, now: int) -> Block:
    subject = row.institution_name if row.subject_kind == "institution" else None
    left = int((row.deadline_at.timestamp() - now) // DAY)
    return Block(
        values=[
            f"{word('kind_' + row.subject_kind, language)} {subject or row.subject_id.removeprefix('ring-')}",
            f"{row.priority / 100:,.2f}",
            f"{row.money_at_stake_fen / 100:,.2f}",
            f"{row.probability:.0%}",
            f"{left} {word('day_unit', language)}" if left >= 0 else word("overdue", language),
            word("source_" + row.source, language),
        ],
        sentences=[_sentence(group, language) for group in grouped(row.reasons)[:MOST_REASONS]],
    )


def _sentence(group: Grouped, language: str) -> str:
    more = f" (+{len(group.others)} {word('same_rule', language)})" if group.others else ""
    return f"{group.first[language]}{more}"
