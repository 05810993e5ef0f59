"""One import from first byte to commit: files in, rows in the store, rejects in a file, counts that add up."""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from claims.errors import BadFile, StoreDown
from claims.intake.ahead import ahead
from claims.intake.mapping import SourceMapping
from claims.intake.merge import Merged, merge
from claims.intake.rejects import Reject, RejectsFile, shape_of
from claims.intake.remembered import Remembered
from claims.intake.rows import Plan, make_rows, needs_pseudonyms, plan
from claims.intake.source import Source, open_source
from claims.intake.staging import VIOLATED_ROWS, Staging
from claims.pseudonyms import Pseudonyms, open_pseudonyms
from claims.settings import Settings
from claims.store.connect import Store

Progress = Callable[[str, int], None]
"""Called with a file's name (or a step's) and the bytes read since the last call."""

MOST_COLUMNS_NAMED = 8


@dataclass(frozen=True)
class FileCounts:
    """What became of one file's rows: read = taken + known + rejected."""

    file: str
    part: str
    read: int
    taken: int
    known: int
    rejected: int


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    Attributes:
        files: one entry a file, in the order given.
        rejects_path: where the rejected rows are described; None when there are none.
        notes: things worth saying once, in words.
        lone_reversals: new reversals whose original is not in the store.
        backfilled: claims appended although they were known before the newest decision.
        renumbered: earlier imported claims that moved up to make room.
        first_reject: place and reason of the first rejected row; empty when there is none.
    """

    files: tuple[FileCounts, ...]
    rejects_path: Path | None
    notes: tuple[str, ...]
    lone_reversals: int
    backfilled: int
    renumbered: int
    first_reject: str


def run_import(
    store: Store,
    settings: Settings,
    mapping: SourceMapping,
    paths: Sequence[Path],
    rejects_path: Path | None = None,
    allow_backfill: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Bring files into the store in one transaction; a run that failed leaves nothing and can be run again.

    Args:
        store: the open store.
        settings: says where the key and the data folder are.
        mapping: what the files mean.
        paths: CSV, CSV.gz or Parquet files.
        rejects_path: where to describe rejected rows; by default a new file in the data folder.
        allow_backfill: append claims that were known before the newest decision, and mark whom they affect.
        progress: told of the bytes read.

    Raises:
        BadFile: a file cannot be read, fits no part, or lacks a column.
        OutOfOrder: claims known before the newest decision, without `allow_backfill`.
        KeyFileGone: the pseudonym key is not the one that the store knows.
        StoreDown: the database is gone or full.
    """
    opened = [_open(path, mapping) for path in paths]
    tell = progress or _tell_nobody
    rejects_path = rejects_path or settings.data_folder / f"rejects-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv"
    try:
        with store.as_owner() as connection, RejectsFile(rejects_path) as rejects:
            connection.execute("SET LOCAL work_mem = '128MB'")
            return _import(connection, settings, mapping, opened, rejects, allow_backfill, tell)
    except psycopg.OperationalError as error:
        raise StoreDown(
            f"The database stopped the import ({type(error).__name__}). Expected a connection that lasts and free disk "
            "space. Nothing was kept; run the same command again."
        ) from error


def _tell_nobody(name: str, count: int) -> None:
    """No progress is shown."""


def _open(path: Path, mapping: SourceMapping) -> tuple[Source, Plan]:
    part = mapping.part_of(path)
    if part is None:
        patterns = ", ".join(pattern for known in mapping.parts for pattern in known.patterns)
        raise BadFile(
            f"{path.name} fits no part of mapping {mapping.name!r}. Expected a file name such as {patterns}. "
            "Rename the file, or give another --mapping."
        )
    source = open_source(path, part.format)
    return source, plan(source, part)


def _import(
    connection: psycopg.Connection,
    settings: Settings,
    mapping: SourceMapping,
    opened: list[tuple[Source, Plan]],
    rejects: RejectsFile,
    allow_backfill: bool,
    tell: Progress,
) -> ImportResult:
    has_persons = any(needs_pseudonyms(how.part) for _, how in opened)
    pseudonyms = Remembered(open_pseudonyms(settings, connection)) if has_persons else None
    read: Counter[int] = Counter()
    rejected: Counter[int] = Counter()
    with Staging(connection) as staging:
        for file_no, (source, how) in enumerate(opened):
            _stage_file(staging, file_no, source, how, pseudonyms, rejects, read, rejected, tell)
        tell("merging", 0)
        staging.analyze()
        fingerprints = [_fingerprint(source.path) for source, _ in opened]
        _say_which(connection, mapping, opened, fingerprints)
        merged = merge(connection, staging, mapping, f"import {mapping.name}", allow_backfill)
    _report_refused(connection, opened, rejects, rejected)
    files = _counts(opened, read, rejected, merged)
    _record(connection, mapping, fingerprints, files)
    return ImportResult(
        files,
        rejects.path if rejects.count else None,
        _notes(opened, read),
        merged.lone_reversals,
        merged.placement.backfilled,
        merged.placement.renumbered,
        rejects.first,
    )


def _stage_file(
    staging: Staging,
    file_no: int,
    source: Source,
    how: Plan,
    pseudonyms: Pseudonyms | None,
    rejects: RejectsFile,
    read: Counter[int],
    rejected: Counter[int],
    tell: Progress,
) -> None:
    done = 0
    for output in how.part.outputs:
        staging.stage_of(output, output is how.part.outputs[0]).supplied.update(how.filled(output))
    for chunk in ahead(source.chunks(how.wanted)):
        made, unreadable = make_rows(chunk, how, pseudonyms)
        for rows in made:
            staging.add(rows, rows.output is how.part.outputs[0], file_no)
        problems = chunk.broken + unreadable
        rejects.add(source.path.name, problems)
        read[file_no] += len(chunk.lines) + len(chunk.broken)
        rejected[file_no] += len(problems)
        tell(source.path.name, chunk.bytes_done - done)
        done = chunk.bytes_done


def _report_refused(
    connection: psycopg.Connection, opened: list[tuple[Source, Plan]], rejects: RejectsFile, rejected: Counter[int]
) -> None:
    """Write the rows that the merge refused; a refused derived row leaves its source row counted as it was."""
    with connection.cursor(name="refused") as cursor:
        cursor.execute(
            f"SELECT file_no, line_no, field, value, reason, is_own FROM {VIOLATED_ROWS} ORDER BY file_no, line_no"
        )
        for file_no, line, field, value, reason, is_own in cursor:
            rejects.add(opened[file_no][0].path.name, [Reject(line, field, shape_of(value), reason)])
            rejected[file_no] += is_own


def _counts(
    opened: list[tuple[Source, Plan]], read: Counter[int], rejected: Counter[int], merged: Merged
) -> tuple[FileCounts, ...]:
    files = []
    for file_no, (source, how) in enumerate(opened):
        taken, known = merged.taken[file_no], merged.known[file_no]
        assert read[file_no] == taken + known + rejected[file_no], (source.path.name, read[file_no], taken, known)
        files.append(FileCounts(source.path.name, how.part.name, read[file_no], taken, known, rejected[file_no]))
    return tuple(files)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _say_which(
    connection: psycopg.Connection,
    mapping: SourceMapping,
    opened: list[tuple[Source, Plan]],
    fingerprints: Sequence[str],
) -> None:
    """Tell the tables of registers which import this is: what it changes in them goes into their ledger."""
    fed: dict[str, list[dict[str, str]]] = {}
    for (source, how), fingerprint in zip(opened, fingerprints, strict=True):
        for table in {output.like.name for output in how.part.outputs}:
            fed.setdefault(table, []).append({"name": source.path.name, "fingerprint": fingerprint})
    said = {"import_id": secrets.token_hex(8), "mapping": mapping.name, "files": fed}
    connection.execute("SELECT set_config('yicha.import', %s, true)", [json.dumps(said)])


def _record(
    connection: psycopg.Connection,
    mapping: SourceMapping,
    fingerprints: Sequence[str],
    files: tuple[FileCounts, ...],
) -> None:
    """Keep one row for each different file; a second run of the same file adds what it took and nothing else."""
    for fingerprint, file in zip(fingerprints, files, strict=True):
        connection.execute(
            "INSERT INTO imports AS i (mapping, part, file_name, file_fingerprint, rows_read, rows_taken, rows_known, "
            "rows_rejected) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (mapping, part, file_fingerprint) DO UPDATE SET "
            "rows_taken = i.rows_taken + excluded.rows_taken, rows_rejected = excluded.rows_rejected, "
            "rows_known = i.rows_read - i.rows_taken - excluded.rows_taken - excluded.rows_rejected "
            "WHERE excluded.rows_taken > 0",
            [mapping.name, file.part, file.file, fingerprint, file.read, file.taken, file.known, file.rejected],
        )


def _notes(opened: list[tuple[Source, Plan]], read: Counter[int]) -> tuple[str, ...]:
    notes = []
    for file_no, (source, how) in enumerate(opened):
        if how.unused:
            named = ", ".join(how.unused[:MOST_COLUMNS_NAMED])
            more = f" and {len(how.unused) - MOST_COLUMNS_NAMED} more" if len(how.unused) > MOST_COLUMNS_NAMED else ""
            notes.append(f"{source.path.name}: {len(how.unused)} columns are not used and not kept: {named}{more}.")
        if not read[file_no]:
            notes.append(f"{source.path.name} has a header and no rows.")
    return tuple(notes)
