"""Turns a block of CSV bytes into text columns, keeping the line number of every row, good or broken."""

import csv
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from claims.intake.binary import fields_of
from claims.intake.mapping import Format
from claims.intake.rejects import Reject, shape_of
from claims.tables import Array

BLANK, DELETE = 32, 127
"""Between these two lie the visible signs of ASCII."""
STEPS_BACK = 1_000
MOST_BLOCKS_IN_A_ROW = 4


class BlockReader:
    """Reads blocks of one file.

    Args:
        layout: how the text is laid out.
        header: the file's columns.
        names: the columns that are wanted.
    """

    def __init__(self, layout: Format, header: tuple[str, ...], names: list[str]) -> None:
        self.layout, self.header, self.names = layout, header, names

    def end_of_rows(self, block: bytes, block_bytes: int) -> int:
        """Where the last whole row of the block ends; 0 asks for more bytes.

        A line break between quotes belongs to a value, so the block is cut where the quotes before it are even.
        """
        quote = self.layout.quote.encode()
        last = block.rfind(b"\n") + 1
        end, count = last, _count(block, quote, last)
        for _ in range(STEPS_BACK):
            if count % 2 == 0 or end == 0:
                break
            before = block.rfind(b"\n", 0, end - 1) + 1
            count -= block.count(quote, before, end)
            end = before
        if end and count % 2 == 0:
            return end
        # A stray quote leaves every later line odd: cut at a line rather than read the whole file into memory.
        return last if len(block) > MOST_BLOCKS_IN_A_ROW * block_bytes else 0

    def read(self, block: bytes, first_line: int) -> tuple[dict[str, pa.Array], Array, list[Reject]]:
        """The wanted columns, the line of each row, and what was broken.

        Args:
            block: whole rows.
            first_line: line number of the block's first line.
        """
        broken: list[Reject] = []
        if self.layout.encoding != "utf-8" or b"\0" in block:
            block = self._clean(block, first_line, broken)
        known_breaks = len(broken)
        try:
            table, lines = self._parse(block, first_line, broken)
        except pa.ArrowInvalid:
            del broken[known_breaks:]
            block = block if known_breaks else self._clean(block, first_line, broken)
            table, lines = self._parse_with_care(block, first_line, broken)
        return {name: _trimmed(table.column(name), self.layout) for name in self.names}, lines, broken

    def _parse_with_care(self, block: bytes, first_line: int, broken: list[Reject]) -> tuple[pa.Table, Array]:
        known_breaks = len(broken)
        try:
            return self._parse(block, first_line, broken)
        except pa.ArrowInvalid:
            del broken[known_breaks:]
            return self._parse_line_by_line(block, first_line, broken)

    def _clean(self, block: bytes, first_line: int, broken: list[Reject]) -> bytes:
        """The block as UTF-8, in which lines that cannot be text are blank, so that line numbers stay."""
        kept = []
        for line, raw in enumerate(block.split(b"\n"), start=first_line):
            try:
                if b"\0" in raw:
                    raise ValueError("a zero byte")
                kept.append(raw.decode(self.layout.encoding).encode())
            except ValueError as error:
                problem = (
                    "is not text in that encoding" if isinstance(error, UnicodeDecodeError) else "holds a zero byte"
                )
                broken.append(Reject(line, "", "", f"the line {problem} (expected {self.layout.encoding.upper()})"))
                kept.append(b"")
        return b"\n".join(kept)

    def _parse(self, block: bytes, first_line: int, broken: list[Reject]) -> tuple[pa.Table, Array]:
        bad_rows: list[Any] = []

        def note(row: Any) -> str:
            bad_rows.append(row)
            return "skip"

        table = self._to_table(block, self.names, note)
        is_bad = np.zeros(table.num_rows + len(bad_rows), dtype=np.bool_)
        is_bad[[row.number - 1 for row in bad_rows]] = True
        breaks = block.count(b"\n") + (not block.endswith(b"\n"))
        line_of = first_line + np.arange(len(is_bad))
        if breaks != len(is_bad):
            line_of += self._inner_breaks(block, is_bad, {row.number - 1: row.text.count("\n") for row in bad_rows})
        for row in bad_rows:
            reason = f"the row has {row.actual_columns} values (expected {row.expected_columns}, as the header)"
            broken.append(Reject(int(line_of[row.number - 1]), "", shape_of(row.text), reason))
        return _without_blank_lines(table, line_of[~is_bad], block, first_line)

    def _to_table(self, block: bytes, names: list[str], note: Any) -> pa.Table:
        return pacsv.read_csv(
            io.BytesIO(block),
            read_options=pacsv.ReadOptions(
                column_names=list(self.header), use_threads=False, block_size=len(block) + 1
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.layout.delimiter,
                quote_char=self.layout.quote,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=names,
                column_types={name: pa.string() for name in names},
                null_values=list(self.layout.missing),
                strings_can_be_null=True,
            ),
        )

    def _inner_breaks(self, block: bytes, is_bad: Array, in_bad: dict[int, int]) -> Array:
        """How many line breaks lie inside the values of the rows before each row."""
        everything = self._to_table(block, list(self.header), _skip)
        inside = np.zeros(len(is_bad), dtype=np.int64)
        for column in everything.columns:
            inside[~is_bad] += pc.fill_null(pc.count_substring(column, "\n"), 0).to_numpy()
        for row, count in in_bad.items():
            inside[row] = count
        return np.cumsum(inside) - inside

    def _parse_line_by_line(self, block: bytes, first_line: int, broken: list[Reject]) -> tuple[pa.Table, Array]:
        """For a block that cannot be split into rows as a whole, as after a stray quote."""
        width, rows, lines = len(self.header), [], []
        for line, text in enumerate(block.decode().split("\n"), start=first_line):
            if not text.strip():
                continue
            row = next(csv.reader([text.rstrip("\r")], delimiter=self.layout.delimiter, quotechar=self.layout.quote))
            if len(row) == width:
                rows.append([None if value in self.layout.missing else value for value in row])
                lines.append(line)
            else:
                reason = f"the row has {len(row)} values (expected {width}, as the header)"
                broken.append(Reject(line, "", shape_of(text), reason))
        places = [self.header.index(name) for name in self.names]
        columns = [pa.array([row[place] for row in rows], type=pa.string()) for place in places]
        return pa.table(columns, names=self.names), np.array(lines, dtype=np.int64)


def _count(block: bytes, sign: bytes, end: int) -> int:
    """How often a sign stands before `end`; `bytes.count` is slow where there are many."""
    if len(sign) != 1:
        return block.count(sign, 0, end)
    return int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8, count=end) == sign[0]))


def _skip(row: Any) -> str:  # noqa: ARG001 - the signature is pyarrow's
    return "skip"


def _without_blank_lines(table: pa.Table, lines: Array, block: bytes, first_line: int) -> tuple[pa.Table, Array]:
    """Blank lines (and lines that `_clean` blanked) are no rows."""
    if table.num_rows == 0 or not all(column.null_count for column in table.columns):
        return table, lines
    empty = np.ones(table.num_rows, dtype=np.bool_)
    for column in table.columns:
        empty &= column.is_null().to_numpy()
    if not empty.any():
        return table, lines
    texts = block.split(b"\n")
    for row in np.flatnonzero(empty):
        empty[row] = not texts[lines[row] - first_line].strip()
    return table.filter(pa.array(~empty)), lines[~empty]


def _trimmed(column: pa.ChunkedArray, layout: Format) -> pa.Array:
    texts = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.string())
    if not _may_have_blank_ends(texts):
        return texts  # and what means "no value" was found by the reader
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(trimmed, pa.array(layout.missing)), None, trimmed)


def _may_have_blank_ends(texts: pa.Array) -> bool:
    """Whether a text begins or ends with anything but a visible sign of ASCII; where none does, nothing is trimmed."""
    fields = fields_of(texts)
    is_text = fields.valid & (np.diff(fields.bounds) > 0)
    first, last = fields.data[fields.bounds[:-1][is_text]], fields.data[fields.bounds[1:][is_text] - 1]
    return bool(((first <= BLANK) | (first >= DELETE) | (last <= BLANK) | (last >= DELETE)).any())
