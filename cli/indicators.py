"""`yicha rules indicators` and `yicha rules stock`: what the library asks about an institution and a period."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from claims.clock import day_number, to_day
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from claims.tables import Array
from rules.indicators.catalogue import INDICATORS
from rules.indicators.frame import FEN, Figures, Indicator
from rules.indicators.peers import Comparison, compare
from rules.indicators.read import levels_of, read_period, read_stock
from rules.indicators.stock import STOCK_CODES, sold_beyond_stock
from rules.words import yuan

MOST_SHOWN = 40
"""Rows on screen; --out writes all."""

First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the period.")]
Last = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")]
Institution = Annotated[str | None, typer.Option(help="One institution; all if left out.")]
Out = Annotated[Path | None, typer.Option(help="A CSV file for all rows.")]

_INDICATOR_HEADS = (
    "indicator", "institution", "level", "month", "part", "whole", "share", "peers", "median", "far above peers",
)  # fmt: skip
_STOCK_HEADS = ("rule", "institution", "item", "since", "available", "sold", "beyond", "yuan beyond")


def indicators(first: First, last: Last, institution: Institution = None, out: Out = None) -> None:
    """Show shares of fees and readmissions by institution and month, beside institutions of the same level.

    Months are whole. Money is in yuan, net of what was given back; pharmacies are left out. Who lies above the upper
    quartile of its level and month by more than 1.5 times the distance of the quartiles is marked: that is a reason to
    look, and no finding. CT and MRI need a list of their items, see docs/knowledge.md.

    Examples:
        yicha rules indicators --from 2025-01-01 --to 2025-03-31

        yicha rules indicators --from 2025-03-01 --to 2025-03-31 --institution H-000001 --out march.csv
    """
    begin, end = _period(first, last)
    console = Console()
    with open_store(read_settings()).as_owner() as connection, console.status("adding up fees and stays"):
        period = read_period(connection, begin, end, institution)
        levels = levels_of(connection)
    _look_for(institution, levels)
    rows: list[tuple[object, ...]] = []
    for indicator in INDICATORS:
        figures = indicator.of(period)
        level = np.array([levels.get(name) for name in figures.institution.tolist()], dtype=object)
        compared = compare(figures, level)
        if indicator.needs and not figures.part.any():
            console.print(f"{indicator.named.name_zh}: no item of its list was billed, or no list was imported.")
            continue
        asked = np.flatnonzero((figures.institution == institution) | (institution is None))
        rows += [_figure(indicator, figures, compared, level, row) for row in asked.tolist()]
    shown = rows if institution else [row for row in rows if row[-1]]
    what = "institution" if institution else "institutions far above their peers"
    _show(console, f"{len(rows):,} figures; {what}", _INDICATOR_HEADS, shown)
    _write(console, out, _INDICATOR_HEADS, rows)


def stock(first: First, last: Last, institution: Institution = None, out: Out = None) -> None:
    """Show drugs and consumables of which more was sold than there had been in stock and was bought.

    The account of an item begins with its last count before the period; without one, all that was bought in the half
    year before counts as still there. Institutions that report no stock of a kind of item are not judged about it.
    A person looks at what is found: nothing here refuses a claim.

    Examples:
        yicha rules stock --from 2025-01-01 --to 2025-06-30

        yicha rules stock --from 2025-01-01 --to 2025-06-30 --institution P-000001 --out stock.csv
    """
    begin, end = _period(first, last)
    console = Console()
    with open_store(read_settings()).as_owner() as connection, console.status("adding up stock and sales"):
        movements, sales = read_stock(connection, begin, end, institution)
        _look_for(institution, levels_of(connection))
    found = sold_beyond_stock(movements, sales, day_number(begin), day_number(end))
    order = np.argsort(-found.amount_fen, kind="stable").tolist()
    rows = [
        (
            STOCK_CODES[found.kind[row]], found.institution[row], found.item[row], to_day(int(found.since[row])),
            *(f"{quantity / 10_000:g}" for quantity in (found.available[row], found.sold[row], found.excess[row])),
            yuan(int(found.amount_fen[row])),
        )
        for row in order
    ]  # fmt: skip
    institutions = len(set(movements["institution_id"].tolist()))
    title = f"{len(rows):,} items sold beyond their stock, of {institutions:,} institutions that report stock"
    _show(console, title, _STOCK_HEADS, rows)
    _write(console, out, _STOCK_HEADS, rows)


def _figure(indicator: Indicator, figures: Figures, compared: Comparison, level: Array, row: int) -> tuple[object, ...]:
    """One row of the table."""
    return (
        indicator.named.name_zh, figures.institution[row], level[row] or "", _month(figures.month[row]),
        _amount(indicator, int(figures.part[row])), _amount(indicator, int(figures.whole[row])),
        _percent(figures.share[row]), int(compared.peers[row]), _percent(compared.median[row]),
        "yes" if compared.is_high[row] else "",
    )  # fmt: skip


def _period(first: datetime, last: datetime) -> tuple[date, date]:
    if last < first:
        raise BadSetting(
            f"The period ends on {last.date()}, before it begins on {first.date()}. Expected --to not before --from. "
            "Exchange them or correct one."
        )
    return first.date(), last.date()


def _look_for(institution: str | None, levels: dict[str, str | None]) -> None:
    if institution is not None and institution not in levels:
        raise BadSetting(
            f"There is no institution {institution[:40]!r} in the register. Expected its national code, as in the "
            "imported files. Correct --institution, or leave it out for all."
        )


def _month(number: int) -> str:
    return f"{1970 + number // 12}-{number % 12 + 1:02}"


def _amount(indicator: Indicator, number: int) -> str:
    return yuan(number) if indicator.unit == FEN else f"{number:,}"


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.1f}%"


def _show(console: Console, title: str, heads: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    table = Table(*heads, title=title)
    for row in rows[:MOST_SHOWN]:
        table.add_row(*_texts(row))
    if rows:
        console.print(table)
    else:
        console.print(f"{title}: none.", highlight=False)
    if len(rows) > MOST_SHOWN:
        console.print(f"{len(rows) - MOST_SHOWN:,} more; --out FILE.csv writes all.", highlight=False)


def _texts(row: Iterable[object]) -> Iterator[str]:
    return (escape(str(cell)) for cell in row)


def _write(console: Console, out: Path | None, heads: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    if out is None:
        return
    try:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            # Numbers without the commas that help on screen.
            csv.writer(file).writerows([heads, *([str(cell).replace(",", "") for cell in row] for row in rows)])
    except OSError as error:
        raise BadSetting(
            f"{out} cannot be written ({type(error).__name__}). Expected a file in a folder that is there. Correct "
            "--out."
        ) from error
    console.print(f"{len(rows):,} rows written to {out}", highlight=False)
