"""`yicha knowledge`: brings published and local tables in, lists them, and tells what holds about an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.clock import AREA_ZONE
from claims.errors import NotFound
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.language import Language, of_terminal
from rules.knowledge.kinds import KINDS
from rules.knowledge.page import knowledge_page
from rules.knowledge.read import Knowledge, read_workbook
from rules.knowledge.store import IMPORTED, UNCHANGED, Imported, batches, keep, points_about
from rules.knowledge.words import says

MOST_SHOWN = 5
"""Different words of one file that are repeated when they could not be read."""


def import_workbooks(
    files: Annotated[
        list[Path], typer.Argument(help="Published workbooks (.xlsx) as they are, or local tables (.xlsx or .csv).")
    ],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day on which these tables hold.")
    ] = None,
    adds: Annotated[
        bool, typer.Option("--adds", help="Replace what is known about their own items only, not the whole table.")
    ] = False,
) -> None:
    """Bring published and local knowledge tables in; the same file twice changes nothing.

    The headers of a table, and what its column 限定类型 says, decide what it is; docs/knowledge.md shows every kind
    with an example. It holds from --since on; without that, from the day on which its
    batch was published, where the file's name states the batch (【第一批】 to 【第八批】) that published this table
    first. A newer table of a kind ends the days of the older one and deletes nothing, so that an old claim is judged
    by what held on its day. A known file with another --since gets the new date. Words that cannot be read are kept
    and counted; they judge nobody. Either all files are taken or none.

    Examples:
        yicha knowledge import tables/*.xlsx

        yicha knowledge import --since 2026-01-28 revised.xlsx

        yicha knowledge import --since 2026-03-01 --adds our_province.xlsx our_city.csv
    """
    console = Console()
    first = since.date() if since else None
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_store(read_settings()).as_owner() as connection,
        Progress(*columns, console=console, transient=True) as bar,
    ):
        reading = bar.add_task("reading", total=len(files))
        workbooks: list[Knowledge] = []
        for path in files:
            workbooks.append(read_workbook(path))
            bar.advance(reading)
        keeping = bar.add_task("keeping", total=sum(len(workbook.points) for workbook in workbooks))
        done = [
            keep(connection, workbook, first, adds=adds, progress=lambda: bar.advance(keeping))
            for workbook in workbooks
        ]
    _show_imported(console, list(zip(workbooks, done, strict=True)))


def _show_imported(console: Console, done: list[tuple[Knowledge, Imported]]) -> None:
    table = _table(("file", "kind"), ("points", "not understood"), ("since", "result"))
    for workbook, result in done:
        table.add_row(
            escape(workbook.file_name), workbook.shape.kind, f"{len(workbook.points):,}",
            f"{workbook.not_understood.total():,}", f"{result.since}", result.what,
        )  # fmt: skip
    console.print(table)
    for workbook, result in done:
        if result.what != UNCHANGED and result.ended:
            console.print(f"{workbook.shape.kind}: {result.ended:,} points got another last day.", highlight=False)
        if result.what == IMPORTED:
            _show_not_understood(console, workbook)


def _show_not_understood(console: Console, workbook: Knowledge) -> None:
    words = workbook.not_understood
    for text, count in words.most_common(MOST_SHOWN):
        sentence = (
            f"{workbook.file_name}: {count:,} points were kept but act never, their words are not understood: {text}"
        )
        console.print(sentence, markup=False, highlight=False)
    if len(words) > MOST_SHOWN:
        console.print(
            f"{workbook.file_name}: {len(words) - MOST_SHOWN:,} more such words.", markup=False, highlight=False
        )


def show_item(
    code: Annotated[str, typer.Argument(help="A national item code.")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day asked about; today if left out.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language; the terminal's if left out.")] = None,
) -> None:
    """Tell what holds about an item on a day, and when it held before or will hold.

    Examples:
        yicha knowledge show 001103000010000

        yicha knowledge show 001103000010000 --on 2025-12-31 --lang en
    """
    day = on.date() if on else datetime.now(AREA_ZONE).date()
    language = lang or of_terminal()
    with open_store(read_settings()).as_owner() as connection:
        points = points_about(connection, code)
    if not points:
        raise NotFound(
            f"No knowledge table names the item {code[:50]!r}. Expected a code of an imported table. Compare it "
            "with the table, or import one with `yicha knowledge import`."
        )
    console = Console()
    now = [point for point in points if _holds(point, day)]
    console.print(f"{code} {points[0]['item_name'] if points[0]['item_code'] == code else points[0]['other_name']}",
                  markup=False, highlight=False)  # fmt: skip
    _lines(console, now, language)
    if not now:
        console.print(
            f"{day}：无有效限定。" if language is Language.zh else f"Nothing holds on {day}.", highlight=False
        )
    others = [point for point in points if not _holds(point, day)]
    if others:
        console.print("其他日期：" if language is Language.zh else "On other days:", highlight=False)
        _lines(console, others, language)


def _lines(console: Console, points: Iterable[Mapping[str, Any]], language: Language) -> None:
    for point in points:
        kind, place = KINDS[point["kind"]], 0 if language is Language.zh else 1
        name = kind.zh if language is Language.zh else kind.en
        until = f" – {point['valid_until']}" if point["valid_until"] else " –"
        console.print(
            f"  {name}: {says(point)[place]}  ({point['valid_from']}{until}; {point['file_name']})",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


def _holds(point: Mapping[str, Any], day: date) -> bool:
    return bool(point["valid_from"] <= day and (point["valid_until"] is None or day <= point["valid_until"]))


def list_tables() -> None:
    """List the imported tables: kind, points, since when they hold, and how many points still stand.

    Example:
        yicha knowledge list
    """
    with open_store(read_settings()).as_owner() as connection:
        found = batches(connection)
    console = Console()
    if not found:
        console.print("No knowledge table is in the store. `yicha knowledge import FILE...` brings one in.")
        return
    table = _table(("kind", "file"), ("points", "not understood", "standing"), ("since",))
    for batch in found:
        table.add_row(
            batch.kind, escape(batch.file_name), f"{batch.points:,}", f"{batch.not_understood:,}",
            f"{batch.standing:,}", f"{batch.since}{' (adds)' if batch.adds else ''}",
        )  # fmt: skip
    console.print(table)


def document(out: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/knowledge.md")) -> None:
    """Write the page that shows every table that can be imported, with its headers, an example and its rule.

    Example:  yicha knowledge document
    """
    out.write_text(knowledge_page(), encoding="utf-8")
    Console().print(f"{len(KINDS)} kinds of tables written to {out}")


def _table(texts: tuple[str, ...], numbers: tuple[str, ...], more: tuple[str, ...]) -> Table:
    table = Table()
    for name in (*texts, *numbers, *more):
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return table
