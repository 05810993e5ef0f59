"""Opens a source file of any size and gives it out in chunks of text columns with exact line numbers."""

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from claims.errors import BadFile
from claims.intake.csv_block import BlockReader
from claims.intake.mapping import Format
from claims.intake.rejects import Reject
from claims.tables import Array

BLOCK_BYTES = 8 << 20
ROWS_IN_BATCH = 50_000
LINES_THAT_MUST_DECODE = 10
LONGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class Chunk:
    """Some rows of a source.

    Attributes:
        lines: line number of each of the n rows.
        columns: n texts or nulls for each source column that was asked for.
        broken: rows that are no rows; they are not among the n.
        bytes_done: how far the file has been read.
    """

    lines: Array
    columns: dict[str, pa.Array]
    broken: list[Reject]
    bytes_done: int


@dataclass(frozen=True)
class Source:
    """An opened file whose header is known."""

    path: Path
    format: Format
    header: tuple[str, ...]

    def chunks(self, names: Collection[str]) -> Iterator[Chunk]:
        """The rows with the named columns, in the order of the file."""
        if is_parquet(self.path):
            return _parquet_chunks(self, [name for name in self.header if name in names])
        return _csv_chunks(self, [name for name in self.header if name in names])


def is_parquet(path: Path) -> bool:
    """Whether the file's name says Parquet; everything else is CSV, gzipped or not."""
    return path.suffix.lower() in (".parquet", ".pq")


def open_source(path: Path, layout: Format) -> Source:
    """Look at the beginning of the file.

    Raises:
        BadFile: no such file, no header, no rows that decode; the message names the line.
    """
    if not path.is_file():
        raise BadFile(f"There is no file {path}. Expected an existing CSV, CSV.gz or Parquet file. Correct the path.")
    try:
        header = _parquet_header(path) if is_parquet(path) else _csv_header(path, layout)
    except (OSError, EOFError, zlib.error, pa.ArrowInvalid) as error:
        raise BadFile(
            f"{path.name} cannot be read ({type(error).__name__}). Expected a whole CSV, CSV.gz or Parquet file, as "
            "its name says. Fetch it again."
        ) from error
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise BadFile(
            f"{path.name} has the column {min(doubled)!r} twice. Expected each name once in the header. Correct line 1."
        )
    return Source(path, layout, header)


def _parquet_header(path: Path) -> tuple[str, ...]:
    return tuple(pq.read_schema(path).names)


def _csv_header(path: Path, layout: Format) -> tuple[str, ...]:
    with path.open("rb") as raw:
        stream = _unzipped(raw, path)
        first = [stream.readline(LONGEST_HEADER) for _ in range(LINES_THAT_MUST_DECODE)]
    for number, line in enumerate(first, start=1):
        try:
            line.decode(layout.encoding)
        except UnicodeDecodeError:
            raise BadFile(
                f"{path.name}, line {number}, is not {layout.encoding.upper()}. Expected text in that encoding. "
                "Convert the file (for example with iconv), or set `encoding:` in the mapping."
            ) from None
    text = first[0].decode(layout.encoding).lstrip("\ufeff").strip("\r\n")
    if not text.strip():
        raise BadFile(f"{path.name} is empty. Expected a header row with column names. Export the file again.")
    row = next(csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote))
    return tuple(name.strip() for name in row)


def _unzipped(raw: IO[bytes], path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix.lower() == ".gz" else raw


def _csv_chunks(source: Source, names: list[str]) -> Iterator[Chunk]:
    reader = BlockReader(source.format, source.header, names)
    with source.path.open("rb") as raw:
        stream = _unzipped(raw, source.path)
        stream.readline(LONGEST_HEADER)
        next_line, rest = 2, b""
        while True:
            try:
                data = stream.read(BLOCK_BYTES)
            except (OSError, EOFError, zlib.error) as error:
                raise BadFile(
                    f"{source.path.name} breaks off after line {next_line - 1} ({type(error).__name__}). Expected a "
                    "whole file. Fetch it again; nothing of this import was kept."
                ) from error
            block = rest + data
            end = len(block) if not data else reader.end_of_rows(block, BLOCK_BYTES)
            if end:
                table, lines, broken = reader.read(block[:end], next_line)
                next_line += block.count(b"\n", 0, end)
                yield Chunk(lines, table, broken, raw.tell())
            rest = block[end:]
            if not data:
                return


def _parquet_chunks(source: Source, names: list[str]) -> Iterator[Chunk]:
    file = pq.ParquetFile(source.path)
    total, done, size = max(file.metadata.num_rows, 1), 0, source.path.stat().st_size
    missing = pa.array(source.format.missing)
    for batch in file.iter_batches(batch_size=ROWS_IN_BATCH, columns=names):
        columns = {name: _as_text(batch.column(name), missing) for name in names}
        lines = np.arange(done + 1, done + batch.num_rows + 1)
        done += batch.num_rows
        yield Chunk(lines, columns, [], size * done // total)


def _as_text(column: pa.Array, missing: pa.Array) -> pa.Array:
    """A typed column as the text that a CSV file would hold."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        moment = column if column.type.tz is None else pc.local_timestamp(column.cast(pa.timestamp("us", "+08:00")))
        column = moment.cast(pa.timestamp("s"), safe=False)
    texts = column.cast(pa.string())
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(texts, missing), None, texts)
