"""Rows too rich for a table: one aligned line of figures each, and whole sentences below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = "  "
INDENT = 5
"""Columns before a sentence: as wide as the rank and its gap."""

BULLET = "· "


@dataclass(frozen=True)
class Column:
    """One figure of the lines.

    Attributes:
        name: its heading.
        is_number: set to the right.
        most: cells at most, longer values are cut; None for values that are short by nature.
        style: rich style of its values.
    """

    name: str
    is_number: bool = False
    most: int | None = None
    style: str = ""


@dataclass(frozen=True)
class Block:
    """A line's values, one for each column, and the sentences below it."""

    values: Sequence[str]
    sentences: Sequence[str]


def show_blocks(console: Console, columns: Sequence[Column], rows: Sequence[Block]) -> None:
    """Print the rows, numbered from 1, under one line of headings.

    Columns are as wide as their widest value, so a line fits 80 cells as long as the values do; sentences use the
    whole width of the console.
    """
    widths = [_width(column, [row.values[place] for row in rows]) for place, column in enumerate(columns)]
    lines = [_line("", [column.name for column in columns], columns, widths, "dim")]
    for number, row in enumerate(rows, 1):
        lines.append(_line(f"{number}", row.values, columns, widths))
        lines += [line for sentence in row.sentences for line in _sentence(sentence, console.width)]
    for line in lines:
        console.print(line, soft_wrap=True)


def _width(column: Column, values: Sequence[str]) -> int:
    widest = max((cell_len(text) for text in (column.name, *values)), default=0)
    return widest if column.most is None else min(widest, column.most)


def _line(
    number: str, values: Sequence[str], columns: Sequence[Column], widths: Sequence[int], style: str | None = None
) -> Text:
    line = Text(f"{number:>{INDENT - len(GAP)}}", style or "dim", no_wrap=True, overflow="crop")
    for value, column, width in zip(values, columns, widths, strict=True):
        line.append(GAP)
        line.append(_set(value, column, width), style or column.style)
    return line


def _set(value: str, column: Column, width: int) -> str:
    """The value in `width` cells; a Chinese character takes two."""
    if cell_len(value) > width:
        value = set_cell_size(value, width - 1).rstrip() + "…"
    room = " " * (width - cell_len(value))
    return room + value if column.is_number else value + room


def _sentence(sentence: str, width: int) -> list[Text]:
    """A sentence as lines of at most `width` cells, set in under the figures."""
    room = width - INDENT - len(BULLET)
    lines = wrapped(sentence, room)
    return [Text(" " * INDENT + (BULLET if line is lines[0] else " " * len(BULLET)) + line) for line in lines]


def wrapped(sentence: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces and after Chinese punctuation, inside a word only if it must be.

    >>> wrapped("三人同刷，药品占比高", 12)
    ['三人同刷，', '药品占比高']
    """
    lines = [""]
    for piece in _PIECES.findall(sentence):
        if cell_len(lines[-1] + piece.rstrip()) > width and lines[-1]:
            lines.append("")
        while cell_len(piece.rstrip()) > width:
            part = set_cell_size(piece, width).rstrip()
            lines[-1], piece = part, piece[len(part) :]
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


_PIECES = re.compile(r"[^ ，；。：、]+[ ，；。：、]*|[ ，；。：、]+")
