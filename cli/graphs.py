"""`yicha graphs`: builds links and rings, lists and draws the rings."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from claims.clock import day_number
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.blocks import Block, Column, show_blocks
from cli.language import Language, of_terminal
from graphs.build import build
from graphs.membership import StoredRing
from graphs.newest import newest_snapshot
from graphs.picture import draw_ring, evidence_swipes, ring_named
from graphs.store import rings_at


def build_graphs(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First snapshot day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last snapshot day.")] = None,
    cadence: Annotated[str, typer.Option(help="nightly, or weekly (each Monday).")] = "nightly",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Remove the snapshots from --from on first.")] = False,
) -> None:
    """Build the missing nightly snapshots of links, rings and node columns.

    A snapshot of a day holds what was known before 00:00 of that day and may be used from 04:00 on. Columns of
    institutions and doctors move on Mondays only. Without --from it goes on after the newest snapshot.

    Examples:
        yicha graphs build

        yicha graphs build --from 2025-07-01 --to 2025-12-31 --cadence weekly

        yicha graphs build --from 2025-12-01 --rebuild
    """
    console = Console()
    with open_store(read_settings()).as_owner() as connection, _bar(console) as bar:
        task = bar.add_task("reading claims", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, description="nights", completed=done, total=total)

        counts = build(connection, _day(first), _day(last), cadence, rebuild, progress)
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
    columns = [Column(heading, is_number=place > 0) for place, heading in enumerate(headings)]
    show_blocks(console, columns, [_block(ring, language) for ring in rings])


_HEADINGS = {
    Language.zh: (("团伙", "评分", "成员", "共同天数", "机构", "金额 元"), "{snapshot}：{count} 个团伙"),
    Language.en: (("Ring", "Score", "Cards", "Joint days", "Places", "Paid ¥"), "{count} rings in {snapshot}"),
}


def _block(ring: StoredRing, language: Language) -> Block:
    return Block(
        values=[
            ring.ring_id,
            f"{ring.score:.2f}",
            f"{len(ring.members)}",
            f"{ring.joint_days}",
            f"{len(ring.details['institutions'])}",
            f"{ring.money_fen / 100:,.2f}",
        ],
        sentences=[str(ring.details[f"says_{language.value}"])],
    )


def draw_ring_picture(
    ring_id: Annotated[str, typer.Argument(help="An id that `yicha graphs list` prints.")],
    out: Annotated[Path, typer.Option(help="Where to write it, .svg or .png.")] = Path("ring.svg"),
) -> None:
    """Draw a ring of the newest snapshot: its cards, its places, and on how many days they met.

    Example:
        yicha graphs draw ring-20250702-1a2b3c4d --out ring.svg
    """
    with open_store(read_settings()).as_owner() as connection:
        ring = ring_named(connection, ring_id)
        draw_ring(evidence_swipes(connection, ring), f"{ring_id}  ({ring.score:.2f})", out)
    Console().print(f"Wrote {out}")


def _day(moment: datetime | None) -> int | None:
    return None if moment is None else day_number(moment.date())


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
