"""`yicha graphs`: builds links and rings, lists, shows and draws the rings."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from claims.clock import day_number
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.blocks import Block, Column, show_blocks
from cli.language import Language, of_terminal
from graphs.build import build
from graphs.membership import StoredRing
from graphs.newest import newest_snapshot
from graphs.picture import draw_calendar, draw_ring, evidence_swipes, ring_named, write_graph
from graphs.spread import joint_finder
from graphs.store import rings_at
from graphs.story import Story, read_story


def build_graphs(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First snapshot day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last snapshot day.")] = None,
    cadence: Annotated[str, typer.Option(help="nightly, or weekly (each Monday).")] = "nightly",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Remove the snapshots from --from on first.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Count links on Dask: a scheduler such as tcp://host:8786, or local:2 for two processes here."
        ),
    ] = None,
    pieces: Annotated[
        Path | None,
        typer.Option(help="Folder that all workers of the cluster reach; default: graphs/ in the data folder."),
    ] = None,
) -> None:
    """Build the missing nightly snapshots of links, rings and node columns.

    A snapshot of a day holds what was known before 00:00 of that day and may be used from 04:00 on. Columns of
    institutions and doctors move on Mondays only. Without --from it goes on after the newest snapshot.

    Examples:
        yicha graphs build

        yicha graphs build --from 2025-07-01 --to 2025-12-31 --cadence weekly

        yicha graphs build --from 2025-12-01 --rebuild

        yicha graphs build --cluster tcp://scheduler:8786 --pieces /shared/graphs
    """
    console, settings = Console(), read_settings()
    with (
        joint_finder(cluster, pieces or settings.data_folder / "graphs") as find,
        open_store(settings).as_owner() as connection,
        _bar(console) as bar,
    ):
        task = bar.add_task("reading claims", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, description="nights", completed=done, total=total)

        counts = build(connection, _day(first), _day(last), cadence, rebuild, progress, find)
    if not counts.nights:
        console.print("Nothing to build: the snapshots reach as far as the claims.")
        return
    if not counts.has_time:
        console.print("The claims have no time of day: cards used at one place on one day count as swiped together.")
    console.print(
        f"{counts.nights} snapshots from {counts.joint_days:,} joint days of pairs: "
        f"{counts.changed_nodes:,} node rows, {counts.ring_rows:,} ring rows. "
        f"{counts.standing_rings} rings stand in the newest."
    )


def list_rings(
    snapshot: Annotated[
        str | None, typer.Option(help="A snapshot id such as night-2025-12-31; newest if left out.")
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language of headings and reasons; the terminal's if left out.")
    ] = None,
) -> None:
    """Print the rings of a snapshot, highest score first.

    Examples:
        yicha graphs list

        yicha graphs list --lang en

        yicha graphs list --snapshot night-2025-10-01
    """
    with open_store(read_settings()).as_owner() as connection:
        rings, name = rings_at(connection, snapshot), snapshot or newest_snapshot(connection)
    language = lang or of_terminal()
    headings, title = _HEADINGS[language]
    console = Console()
    console.print(title.format(count=len(rings), snapshot=name), highlight=False)
    columns = [Column(heading, is_number=place > 1) for place, heading in enumerate(headings)]
    show_blocks(console, columns, [_block(ring, language) for ring in rings])


_HEADINGS = {
    Language.zh: (("团伙", "类型", "评分", "成员", "共同天数", "机构", "金额 元"), "{snapshot}：{count} 个团伙"),
    Language.en: (
        ("Ring", "Kind", "Score", "Persons", "Joint days", "Places", "Paid ¥"),
        "{count} rings in {snapshot}",
    ),
}


_KINDS = {
    Language.zh: {
        "card_collectors": "集中刷卡",
        "resale_tours": "结伙购药",
        "steered_prescriptions": "医药勾连",
        "empty_swipes": "空刷",
        "stay_groups": "团伙住院",
    },
    Language.en: {
        "card_collectors": "cards",
        "resale_tours": "tours",
        "steered_prescriptions": "steered",
        "empty_swipes": "empty",
        "stay_groups": "stays",
    },
}
"""Short names of the kinds of rings, so that a line fits a terminal."""


def _block(ring: StoredRing, language: Language) -> Block:
    return Block(
        values=[
            ring.ring_id,
            _KINDS[language].get(ring.kind, ring.kind),
            f"{ring.score:.2f}",
            f"{len(ring.members)}",
            f"{ring.joint_days}",
            f"{len(ring.details['institutions'])}",
            yuan(ring.money_fen),
        ],
        sentences=[str(ring.details[f"says_{language.value}"])],
    )


def show_ring(
    ring_id: Annotated[str, typer.Argument(help="An id that `yicha graphs list` prints.")],
    lang: Annotated[Language | None, typer.Option(help="Language of headings; the terminal's if left out.")] = None,
) -> None:
    """Show a ring of the newest snapshot: members with their part, meetings, drugs, doctors and the evidence claims.

    Example:
        yicha graphs show ring-20250702-1a2b3c4d --lang en
    """
    language = lang or of_terminal()
    with open_store(read_settings()).as_owner() as connection:
        story = read_story(connection, ring_named(connection, ring_id))
    console = Console()
    console.print(str(story.ring.details[f"says_{language.value}"]), highlight=False)
    for (title, headings), rows in zip(_TABLES[language], _rows(story), strict=True):
        table = RichTable(title=title, title_justify="left", box=None)
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="left" if place == 0 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    console.print(" ".join(story.ring.evidence_claims), highlight=False)


_TABLES = {
    Language.zh: (
        ("成员", ("人员", "角色", "出现天数", "占比", "笔数", "金额 元")),
        ("出现", ("日期", "机构", "人数", "金额 元")),
        ("药品和项目", ("名称", "编码", "人数", "金额 元")),
        ("医师", ("医师", "人数", "笔数")),
    ),
    Language.en: (
        ("Members", ("Person", "Role", "Days", "Share", "Claims", "Paid ¥")),
        ("Meetings", ("Day", "Institution", "Persons", "Paid ¥")),
        ("Drugs and services", ("Name", "Code", "Persons", "Amount ¥")),
        ("Doctors", ("Doctor", "Persons", "Claims")),
    ),
}
"""Titles and headings of the tables of a ring, in the order of `_rows`."""


def _rows(story: Story) -> list[list[tuple[str, ...]]]:
    return [
        [(m.patient_id, m.role, f"{m.days}", f"{m.share:.0%}", f"{m.claims}", yuan(m.paid_fen)) for m in story.members],
        [
            (f"{m.day}", m.institution_name or m.institution_id, f"{m.persons}", yuan(m.paid_fen))
            for m in story.meetings
        ],
        [(drug.name or "", drug.item_code, f"{drug.persons}", yuan(drug.amount_fen)) for drug in story.drugs],
        [(doctor.doctor_id, f"{doctor.persons}", f"{doctor.claims}") for doctor in story.doctors],
    ]


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals.

    >>> yuan(123_456)
    '1,234.56'
    """
    return f"{fen / 100:,.2f}"


def draw_ring_picture(
    ring_id: Annotated[str, typer.Argument(help="An id that `yicha graphs list` prints.")],
    out: Annotated[Path, typer.Option(help="Where to write it: .svg, .png or .graphml.")] = Path("ring.svg"),
    calendar: Annotated[bool, typer.Option("--calendar", help="Draw the calendar of its days instead.")] = False,
) -> None:
    """Draw a ring of the newest snapshot: its persons, its places, and on how many days they met.

    A name that ends in .graphml gets the graph itself, for networkx or another graph program.

    Examples:
        yicha graphs draw ring-20250702-1a2b3c4d --out ring.svg

        yicha graphs draw ring-20250702-1a2b3c4d --calendar --out calendar.png

        yicha graphs draw ring-20250702-1a2b3c4d --out ring.graphml
    """
    with open_store(read_settings()).as_owner() as connection:
        ring = ring_named(connection, ring_id)
        swipes = evidence_swipes(connection, ring)
    if out.suffix == ".graphml":
        write_graph(swipes, out)
    else:
        draw = draw_calendar if calendar else draw_ring
        draw(swipes, f"{ring_id}  ({ring.score:.2f})", out)
    Console().print(f"Wrote {out}")


def _day(moment: datetime | None) -> int | None:
    return None if moment is None else day_number(moment.date())


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
