"""Opens a table that is a CSV file, bounded as a workbook is, so that an area can write one without a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from claims.errors import BadFile
from rules.knowledge import workbook
from rules.knowledge.workbook import HEADER_WITHIN, Cells, Sheet, open_workbook, plain

ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheet programs write here; every file that is UTF-8 is read as that."""


def open_table(path: Path) -> list[Sheet]:
    """The sheets of a workbook, or the one of a CSV file (.csv).

    Raises:
        BadFile: no such file, neither of both, or larger than any table can be.
    """
    return [_sheet(path)] if path.suffix.lower() == ".csv" and path.is_file() else open_workbook(path)


def _sheet(path: Path) -> Sheet:
    if path.stat().st_size > workbook.MOST_BYTES:
        raise _too_large(path, f"{path.stat().st_size:,} bytes", f"{workbook.MOST_BYTES:,} bytes")
    rows = list(_rows(path, _text(path)))
    return Sheet(path.stem, [cells for _, cells in rows[:HEADER_WITHIN]], lambda: (row for row in rows if any(row[1])))


def _text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadFile(
        f"{path.name} is no text in UTF-8 or GB18030. Expected a CSV file in one of both. Save it again as CSV UTF-8."
    )


def _rows(path: Path, text: str) -> Iterator[tuple[int, Cells]]:
    """Rows as texts with their numbers, the empty ones among the first kept, so that a header's place is its number."""
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            if number > workbook.MOST_ROWS:
                raise _too_large(path, f"more than {workbook.MOST_ROWS:,} rows", f"{workbook.MOST_ROWS:,} rows")
            cells = tuple(map(plain, row[: workbook.MOST_COLUMNS]))
            longest = max(map(len, cells), default=0)
            if longest > workbook.LONGEST_CELL:
                raise _too_large(
                    path, f"a text of {longest:,} characters in row {number}", f"{workbook.LONGEST_CELL:,}"
                )
            if any(cells) or number <= HEADER_WITHIN:
                yield number, cells
    except csv.Error as error:
        raise BadFile(
            f"{path.name} cannot be read as CSV ({error}). Expected commas between cells and quotes around cells that "
            "hold one. Save it again as CSV UTF-8."
        ) from error


def _too_large(path: Path, found: str, most: str) -> BadFile:
    return BadFile(
        f"{path.name} is too large for a knowledge table: {found}. Expected at most {most}. Check where the file comes "
        "from; divide it if it is genuine."
    )
