"""Opens a workbook that anybody may have made: bounded, without formulas, as plain texts."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from claims.errors import BadFile

MOST_BYTES = 64 << 20
"""Of the file; the largest published one has a quarter of a megabyte."""
MOST_UNPACKED = 128 << 20
"""Of all parts together: a small archive can hold a very large one."""
MOST_PARTS = 2_000
MOST_SHEETS = 20
MOST_ROWS = 500_000
"""Of one sheet; the whole library has a quarter of a million points."""
MOST_COLUMNS = 60
LONGEST_CELL = 4_000
HEADER_WITHIN = 10
"""Rows in which a header is looked for: some tables have a title above it."""
_CHUNK = 1 << 20

Cells = tuple[str, ...]
"""A row as texts; an empty cell is an empty text."""


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        title: on its tab.
        top: its first rows, where the header stands.
        rows: all rows as texts with their numbers from 1 on, those without any text left out.
    """

    title: str
    top: list[Cells]
    rows: Callable[[], Iterator[tuple[int, Cells]]]


def open_workbook(path: Path) -> list[Sheet]:
    """The sheets of a workbook.

    Raises:
        BadFile: no such file, no workbook, larger than any table can be, or with parts that no table needs.
    """
    if not path.is_file():
        raise BadFile(f"There is no file {path}. Expected a workbook (.xlsx). Correct the path.")
    _look_at_parts(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about styles and extensions that no table needs
            # Values as they were stored and no formula computed; links to other files are not followed.
            book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        if len(sheets) > MOST_SHEETS:
            raise _too_large(path, f"{len(sheets)} sheets", f"{MOST_SHEETS} sheets")
        return [Sheet(str(sheet.title), _top(path, sheet), _reader(path, sheet)) for sheet in sheets]
    except BadFile:
        raise
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError) as error:
        raise _unreadable(path, error) from error


def _look_at_parts(path: Path) -> None:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(path, f"{size:,} bytes", f"{MOST_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
                raise _too_large(
                    path, f"{len(parts):,} parts of {unpacked:,} bytes", f"{MOST_PARTS:,} parts of {MOST_UNPACKED:,}"
                )
            # A part is never longer than its entry says: zipfile stops there.
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _refuse_declarations(path, part.filename, stream)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        # zipfile does not implement every way of packing, and calls a locked part a runtime error.
        raise _unreadable(path, error) from error


def _refuse_declarations(path: Path, name: str, stream: IO[bytes]) -> None:
    """No workbook declares a document type; one that does may hold entities that grow without end."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        text = (rest + chunk).replace(b"\0", b"")  # also where a letter takes two bytes
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise BadFile(
                f"{path.name} declares a document type in its part {name[:80]!r}, which no workbook does. Expected a "
                "workbook as a spreadsheet program writes it. Open it in one, look at it, and save it again."
            )
        rest = chunk[-32:]


def _top(path: Path, sheet: Any) -> list[Cells]:
    rows = sheet.iter_rows(min_row=1, max_row=HEADER_WITHIN, max_col=MOST_COLUMNS)
    return [tuple(_text(path, sheet.title, cell) for cell in row) for row in rows]


def _reader(path: Path, sheet: Any) -> Callable[[], Iterator[tuple[int, Cells]]]:
    def rows() -> Iterator[tuple[int, Cells]]:
        try:
            for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
                if number > MOST_ROWS:
                    raise _too_large(path, f"more than {MOST_ROWS:,} rows", f"{MOST_ROWS:,} rows in a sheet")
                texts = tuple(_text(path, sheet.title, cell) for cell in row)
                if any(texts):
                    yield number, texts
        except (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError) as error:
            raise _unreadable(path, error) from error

    return rows


def _text(path: Path, title: str, cell: Any) -> str:
    """A cell as text without spaces around it; a whole number without decimals."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e"):
        what = "a formula" if cell.data_type == "f" else "an error"
        raise BadFile(
            f"{path.name}, sheet {title[:40]!r}, cell {cell.coordinate} holds {what}. Expected values only, as the "
            "tables are published. Get the original, or replace it by its value."
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = plain(str(value))
    if len(text) > LONGEST_CELL:
        raise _too_large(path, f"a text of {len(text):,} characters in cell {cell.coordinate}", f"{LONGEST_CELL:,}")
    return text


def plain(text: str) -> str:
    r"""The text without what no terminal and no database should get: line breaks become spaces, control signs go.

    >>> plain(" 一个\n疗程\x1b[31m ")
    '一个 疗程[31m'
    """
    text = text.strip()
    return text if text.isprintable() else "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _too_large(path: Path, found: str, most: str) -> BadFile:
    return BadFile(
        f"{path.name} is too large for a knowledge table: {found}. Expected at most {most}. Check where the file comes "
        "from; divide it if it is genuine."
    )


def _unreadable(path: Path, error: Exception) -> BadFile:
    return BadFile(
        f"{path.name} cannot be read as a workbook ({type(error).__name__}). Expected an .xlsx file, whole and without "
        "a password. Fetch it again, or save it as .xlsx."
    )
