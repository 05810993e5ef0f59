"""Rows on a terminal: figures in line, sentences below, nothing wider than the screen."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len
from rich.console import Console

from cli.blocks import Block, Column, show_blocks, wrapped

COLUMNS = [Column("对象", most=20), Column("元/分钟", is_number=True), Column("Source")]
ROWS = [
    Block(["参保人 0123456789abcdef0123456789abcdef", "1,232.13", "规则"], ["六张卡先后刷卡，易倒卖药品占比高，" * 5]),
    Block(["团伙 ring", "2.10", "团伙"], ["A plain sentence of several words " * 6, "短"]),
]


def shown(width: int) -> list[str]:
    out = io.StringIO()
    show_blocks(Console(file=out, width=width), COLUMNS, ROWS)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_wider_than_the_screen_and_long_ids_are_cut(width: int) -> None:
    lines = shown(width)
    assert max(map(cell_len, lines)) <= width
    assert any("…" in line for line in lines)


def test_numbers_end_in_one_column_whatever_the_width_of_the_characters() -> None:
    heading, *rows = [line for line in shown(80) if "·" not in line and not line.startswith(" " * 7)]
    ends = {
        cell_len(row[: row.index(number) + len(number)]) for row, number in zip(rows, ("1,232.13", "2.10"), strict=True)
    }
    assert ends == {cell_len(heading[: heading.index("元/分钟") + 4])}


@given(some.text("三人同刷，。 abc,", min_size=1, max_size=60), some.integers(4, 20))
def test_wrapping_keeps_every_character_and_the_width(sentence: str, width: int) -> None:
    lines = wrapped(sentence, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
