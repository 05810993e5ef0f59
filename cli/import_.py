"""`yicha import`: brings source files into the store."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.errors import BadFile
from claims.intake.read_mapping import read_mapping
from claims.intake.run import ImportResult, run_import
from claims.settings import read_settings
from claims.store.connect import open_store

SOME_REJECTED = 3
"""Exit code of an import that took some rows and rejected others."""


def import_files(
    files: Annotated[list[Path], typer.Argument(help="CSV, CSV.gz or Parquet files; their names tell what they hold.")],
    mapping: Annotated[
        str, typer.Option(help="A shipped mapping (national, hpfd, s_ffsd) or the path of a YAML file.")
    ],
    rejects: Annotated[
        Path | None, typer.Option(help="Where to describe rejected rows (default: a new file in the data folder).")
    ] = None,
    allow_backfill: Annotated[
        bool,
        typer.Option(
            "--allow-backfill", help="Append claims known before the newest decision; marks whom they affect."
        ),
    ] = False,
) -> None:
    """Bring claims and registers in from files; the same file twice changes nothing.

    Rows read = taken + already known + rejected, for every file. A rejected row is described in the rejects file by
    its line, the field, the value's shape and the reason; the value itself is not repeated there. Exit code 3 says that
    rows were rejected while the others were taken: correct those and import the file again.

    Examples:
        yicha import --mapping national city/*.csv

        yicha import --mapping hpfd beneficiaries.csv.gz inpatient_claims.csv.gz

        yicha import --mapping our_hospital.yaml --rejects bad.csv export/*.parquet
    """
    source_mapping = read_mapping(mapping)
    settings = read_settings()
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("opening", total=sum(_size(path) for path in files))
        result = run_import(
            open_store(settings),
            settings,
            source_mapping,
            files,
            rejects,
            allow_backfill,
            lambda name, count: bar.update(task, description=name, advance=count),
        )
    _show(console, result)
    _complain(result)


def _size(path: Path) -> int:
    if not path.is_file():
        raise BadFile(f"There is no file {path}. Expected an existing CSV, CSV.gz or Parquet file. Correct the path.")
    return path.stat().st_size


def _show(console: Console, result: ImportResult) -> None:
    table = Table()
    for name in ("file", "part"):
        table.add_column(name)
    for name in ("rows read", "taken", "already known", "rejected"):
        table.add_column(name, justify="right")
    for file in result.files:
        counts = (file.read, file.taken, file.known, file.rejected)
        table.add_row(file.file, file.part, *(f"{count:,}" for count in counts))
    console.print(table)
    for note in result.notes:
        console.print(note, highlight=False)
    if result.lone_reversals:
        console.print(f"{result.lone_reversals:,} reversals were kept although their original is not in the store.")
    if result.backfilled:
        console.print(
            f"{result.backfilled:,} claims were appended below the newest decision; whom they affect is marked."
        )
    if result.renumbered:
        console.print(f"{result.renumbered:,} earlier claims moved up in history; build features and links again.")
    if result.rejects_path:
        console.print(f"What could not be taken is described in {result.rejects_path}.", highlight=False)


def _complain(result: ImportResult) -> None:
    """Say what was not brought in, so that a script or a tired reader does not miss it."""
    if not any(file.read for file in result.files):
        names = ", ".join(file.file for file in result.files)
        raise BadFile(f"There is no row in {names}. Expected rows below the header. Export the data again.")
    read, rejected = (sum(getattr(file, name) for file in result.files) for name in ("read", "rejected"))
    if not rejected:
        return
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"{rejected:,} of {read:,} rows were rejected, the first for {result.first_reject}. The other rows are in. "
        "Correct the rows that the rejects file describes, and import the file again.",
        style="bold red",
        markup=False,
    )
    raise typer.Exit(SOME_REJECTED)
