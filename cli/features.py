"""Commands about feature columns: build them, list them, and compare what was served with a recomputation."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.clock import AREA_ZONE
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from features import batch, skew
from features.catalogue import FEATURES, feature_set
from features.page import feature_page
from graphs.newest import newest_snapshot

MOST_SHOWN = 20
"""Differing values on screen; the counts cover all."""

Folder = Annotated[
    Path | None,
    typer.Option(help="Where the build's folder of Parquet files goes; default: features/ in the data folder."),
]
Cluster = Annotated[
    str | None,
    typer.Option(help="Build on Dask: a scheduler such as tcp://host:8786, or local:2 for two processes here."),
]


def build(out: Folder = None, cluster: Cluster = None) -> None:
    """Compute the columns of every settlement, and the state from which the service goes on.

    Examples:
        yicha features build

        yicha features build --cluster tcp://scheduler:8786 --out /shared/features
    """
    settings = read_settings()
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with open_store(settings).as_owner() as connection, Progress(*columns) as progress:
        task = progress.add_task("starting", total=None)
        path = batch.build(connection, settings, out, lambda step: progress.update(task, description=step), cluster)
        progress.update(task, description="done")
        has_rings = newest_snapshot(connection) is not None
    if not has_rings:
        Console().print("No links and rings were built, so their columns are empty: run `yicha graphs build` before.")
    Console().print(f"{len(FEATURES)} features (set {feature_set()}) written to {path}")


def list_features() -> None:
    """Show every feature with its unit and the reason why it is there.

    Example:  yicha features list
    """
    table = Table("name", "unit", "why", title=f"{len(FEATURES)} features, set {feature_set()}")
    for feature in FEATURES:
        table.add_row(feature.name, feature.unit, feature.why)
    Console().print(table)


def document(
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/features.md"),
) -> None:
    """Write the page that lists every feature, from the declarations.

    Example:  yicha features document
    """
    out.write_text(feature_page(), encoding="utf-8")
    Console().print(f"{len(FEATURES)} features written to {out}")


def check_skew(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, area's clock.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")],
) -> None:
    """Recompute the columns of what was served and compare value for value; ends with code 1 unless all are equal.

    Example:  yicha features check-skew --from 2025-12-01 --to 2025-12-31
    """
    if last < first:
        raise BadSetting(
            "The period ends before it begins. Expected --from DATE --to DATE, the second not earlier. "
            "Give both as YYYY-MM-DD."
        )
    start, end = (day.replace(tzinfo=AREA_ZONE) for day in (first, last + timedelta(days=1)))
    with open_store(read_settings()).as_owner() as connection, Console().status("comparing"):
        found = skew.check_skew(connection, start, end)
    say = Console(highlight=False, soft_wrap=True).print
    say(f"Decisions made from {first:%Y-%m-%d} to {last:%Y-%m-%d}, both days included, features {feature_set()}:")
    say(f"matched {found.matched}, mismatched {found.mismatched}, missing {found.missing}, extra {found.extra}")
    for one in found.mismatches[:MOST_SHOWN]:
        say(f"claim {one.claim_id}: {one.feature} served {one.served!r}, recomputed {one.recomputed!r}")
    for claim in found.missing_claims[:MOST_SHOWN]:
        say(f"claim {claim}: decided, but not stored or served by another feature set")
    for claim in found.extra_claims[:MOST_SHOWN]:
        say(f"claim {claim}: settled by the service, but no decision is recorded")
    if not found.is_clean:
        raise typer.Exit(1)
