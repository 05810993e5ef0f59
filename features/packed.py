"""A patient's past as bytes: the columns of claims, lines and diagnoses, each unpacked only when it is asked for.

Reading 500 claims with 1,500 lines as rows costs the server and this process some ten milliseconds each; one value that
holds them as columns costs a fraction of one. A whole number takes as many bytes as the column's span needs; a text is
kept once, and its rows as numbers, unless nearly every row has another one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch, concat
from claims.lazy import INDEX, ColumnsOnDemand, coded
from claims.numbering import Coded, Numbered
from claims.tables import CLAIMS, DIAGNOSES, MISSING, PAST_LINES, Array, Columns, Kind, Table
from features.compiled import compiled
from features.packing import packed_texts, packed_wholes

VERSION = 2
SEPARATOR = "\0"
"""No text of the store can hold it: PostgreSQL refuses it."""
_HEADER = struct.Struct("<2sBx8s8sqiii")
_WHOLE, _TEXT = struct.Struct("<qB"), struct.Struct("<BBII")
_UNSIGNED: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<i8")}


def _parts_of(table: Table) -> dict[str, Kind]:
    """The parts of a table in order; a child's claim follows from its index."""
    if table is CLAIMS:
        return {column.name: column.kind for column in table.columns}
    return {**{column.name: column.kind for column in table.columns if column.name != "claim_id"}, INDEX: Kind.WHOLE}


_TABLES = tuple(_parts_of(table) for table in (CLAIMS, PAST_LINES, DIAGNOSES))
_TOGETHER = tuple(
    tuple(name for name, kind in kinds.items() if kind not in (Kind.TEXT, Kind.FLAG)) for kinds in _TABLES
)
"""Whole numbers, which are unpacked in one call."""
_NUMBERED: tuple[tuple[str, ...], ...] = (
    ("kind", "patient_id", "institution_id", "doctor_id", "department_id", "till_id", "benefit_kind"),
    ("item_code",),
    ("code",),
)
"""The texts that features look at."""
_COUNT = sum(map(len, _TABLES))
_ENDS = struct.Struct(f"<{_COUNT}I")
_LAYOUT = hashlib.blake2b(
    repr([[(name, kind.name) for name, kind in kinds.items()] for kinds in _TABLES]).encode(), digest_size=8
).digest()


@dataclass(frozen=True)
class Past:
    """A patient's past.

    Attributes:
        kept_from: it holds every claim of the patient settled from here on, in seconds, and the other end of each
            reversal.
        batch: the claims in recorded order.
        mark: eight bytes that tell the packed claims from all others.
        added: how many of the last claims were added after the others had been packed.
    """

    kept_from: int
    batch: ClaimBatch
    mark: bytes
    added: int = 0


def pack(batch: ClaimBatch, kept_from: int) -> bytes:
    """Claims in recorded order as bytes."""
    return pack_each(batch, np.array([0, len(batch)]), kept_from)[0]


def pack_each(batch: ClaimBatch, cuts: Array, kept_from: int) -> list[bytes]:
    """The claims of p patients as bytes, each patient's in recorded order; those of one lie together.

    Args:
        batch: n claims.
        cuts: (1 + p) where the claims of each begin, and the end.
        kept_from: of all pasts.
    """
    tables = (batch.claims, batch.lines, batch.diagnoses)
    cuts_of = [cuts, *(np.searchsorted(child[INDEX], cuts) for child in tables[1:])]
    columns, sizes = [], []
    for table, kinds, own in zip(tables, _TABLES, cuts_of, strict=True):
        for name, kind in kinds.items():
            packed, begins = _packed(table, name, kind, own, cuts)
            columns.append((packed.tobytes(), begins.tolist()))
            sizes.append(np.diff(begins))
    ends = np.cumsum(sizes, axis=0).T.tolist()
    counts = np.diff(cuts_of).T.tolist()
    return [
        _joined(kept_from, counts[past], ends[past], [column[at[past] : at[past + 1]] for column, at in columns])
        for past in range(len(cuts) - 1)
    ]


def _packed(table: Columns, name: str, kind: Kind, own: Array, claims: Array) -> tuple[Array, Array]:
    """One column of all pasts: its bytes, and where those of each begin."""
    if kind is Kind.TEXT:
        column = coded(table, name)
        texts = pa.array(column.texts, pa.large_string())
        _, offsets, data = texts.buffers()
        begins = np.frombuffer(offsets, np.int64, len(texts) + 1) if len(texts) else np.zeros(1, dtype=np.int64)
        return packed_texts(column.codes, own, begins, np.frombuffer(data or b"", np.uint8))
    values = table[name].astype(np.int64)
    if name == INDEX:
        values = values - np.repeat(claims[:-1], np.diff(own))
    return packed_wholes(values, own)


def _joined(kept_from: int, counts: Sequence[int], ends: Sequence[int], parts: Sequence[bytes]) -> bytes:
    body = b"".join((_ENDS.pack(*ends), *parts))
    mark = hashlib.blake2b(body, digest_size=8).digest()
    return _HEADER.pack(b"YH", VERSION, _LAYOUT, mark, kept_from, *counts) + body


def unpack(packed: bytes) -> Past | None:
    """The past from its bytes; None when another version wrote it."""
    kind, version, layout, mark, kept_from, *sizes = _HEADER.unpack_from(packed)
    if (kind, version, layout) != (b"YH", VERSION, _LAYOUT):
        return None
    return Past(kept_from, _batch(packed, sizes), mark)


def grown(past: Past, fresh: ClaimBatch, kept_from: int) -> bytes:
    """The bytes of the past with later claims."""
    return pack(concat([past.batch, fresh]), kept_from)


class _PackedColumns(ColumnsOnDemand):
    """The columns of one table.

    Args:
        packed: the whole past.
        table: the place of the table in `_TABLES`.
        starts: where each of its parts begins, one after the other.
        size: how many rows.
        claims: whose ids the rows of a child table carry.
    """

    def __init__(
        self, packed: bytes, table: int, starts: Sequence[int], size: int, claims: Columns | None = None
    ) -> None:
        kinds = _TABLES[table]
        super().__init__(kinds if claims is None else (*kinds, "claim_id"))
        self.together, self.numbered = _TOGETHER[table], _NUMBERED[table]
        self._packed, self._kinds, self._size, self._claims = packed, kinds, size, claims
        self._start_of = dict(zip(kinds, starts, strict=True))

    def _make(self, name: str) -> Array:
        if self._claims is not None and name == "claim_id":
            return np.asarray(self._claims["claim_id"][self[INDEX]])
        return _READERS.get(self._kinds[name], _whole)(self._packed, self._start_of[name], self._size)

    def count(self, name: str) -> int:  # noqa: ARG002  # known without a look
        """How many rows."""
        return self._size

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows)."""
        return _wholes(self._bytes(), self._starts_of(names), self._size)

    def coded(self, name: str) -> Coded:
        """The text column as numbers; without a look at the texts' rows where they are numbers."""
        start = self._start_of.get(name)
        if start is None or self._packed[start]:
            return super().coded(name)
        return _coded(self._packed, start, self._size)

    def coded_all(self, names: Sequence[str]) -> Numbered:
        """Some text columns as numbers, those of all in one go."""
        starts = [self._start_of[name] for name in names]
        if any(self._packed[start] for start in starts):  # some have another text in nearly every row
            return super().coded_all(names)
        codes = _codes(self._bytes(), np.array(starts, dtype=np.int64), self._size)
        texts = [_texts(self._packed, start) for start in starts]
        return codes, [dict(zip(one, range(len(one)), strict=True)) for one in texts]

    def different(self, name: str) -> Collection[str]:
        """The different texts of a text column."""
        start = self._start_of.get(name)
        return super().different(name) if start is None else _texts(self._packed, start)

    def _bytes(self) -> Array:
        return np.frombuffer(self._packed, np.uint8)

    def _starts_of(self, names: Sequence[str]) -> Array:
        return np.array([self._start_of[name] for name in names], dtype=np.int64)

    def holds(self, name: str, texts: Collection[str]) -> bool:
        """Whether any of some texts is in the column; takes the bytes apart only if one may be."""
        start = self._start_of.get(name)
        if start is None:
            return super().holds(name, texts)
        end = start + _TEXT.size + _TEXT.unpack_from(self._packed, start)[-1]
        may_be = any(self._packed.find(text.encode(), start, end) >= 0 for text in texts)
        return may_be and super().holds(name, texts)


def _batch(packed: bytes, sizes: Sequence[int]) -> ClaimBatch:
    first = _HEADER.size + _ENDS.size
    starts = [first, *(first + end for end in _ENDS.unpack_from(packed, _HEADER.size))]
    lines, diagnoses = len(_TABLES[0]), len(_TABLES[0]) + len(_TABLES[1])
    claims = _PackedColumns(packed, 0, starts[:lines], sizes[0])
    return ClaimBatch(
        claims,
        _PackedColumns(packed, 1, starts[lines:diagnoses], sizes[1], claims),
        _PackedColumns(packed, 2, starts[diagnoses:-1], sizes[2], claims),
    )


def _whole(packed: bytes, start: int, size: int) -> Array:
    low, width = _WHOLE.unpack_from(packed, start)
    if width == 0:
        return np.full(size, low, dtype=np.int64)
    numbers = np.frombuffer(packed, _UNSIGNED[width], size, start + _WHOLE.size)
    return numbers.astype(np.int64) if width == 8 else _spread(numbers, low, (1 << 8 * width) - 1, MISSING)


@compiled
def _spread(numbers: Array, low: int, absent: int, instead: int) -> Array:
    """Packed numbers as they were: `absent` stands for `instead`, the others begin at `low`."""
    values = np.empty(numbers.size, np.int64)
    for row in range(numbers.size):
        values[row] = instead if numbers[row] == absent else low + np.int64(numbers[row])
    return values


@compiled
def _wholes(packed: Array, starts: Array, size: int) -> Array:
    """The parts of whole numbers that begin at `starts`, as they were (parts, size)."""
    values = np.empty((starts.size, size), np.int64)
    for part in range(starts.size):
        low, width = _little(packed, starts[part], 8), packed[starts[part] + 8]
        _numbers(packed, starts[part] + 9, width, (1 << 8 * width) - 1, low, MISSING, values[part])
    return values


@compiled
def _codes(packed: Array, starts: Array, size: int) -> Array:
    """The rows' numbers of the parts of texts that begin at `starts`; not of those that hold every row's text."""
    codes = np.empty((starts.size, size), np.int64)
    for part in range(starts.size):
        mark, width, count = packed[starts[part]], packed[starts[part] + 1], _little(packed, starts[part] + 2, 4)
        if mark == 0 and width == 0:
            codes[part] = count - 1
        elif mark == 0:
            _numbers(packed, starts[part] + 10 + _little(packed, starts[part] + 6, 4), width, count, 0, -1, codes[part])
    return codes


@compiled
def _little(packed: Array, at: int, width: int) -> int:
    """The number in some bytes, the lowest first."""
    number = np.int64(0)
    for byte in range(width):
        number |= np.int64(packed[at + byte]) << (8 * byte)
    return int(number)


@compiled
def _numbers(packed: Array, at: int, width: int, absent: int, low: int, instead: int, out: Array) -> None:
    """Numbers of so many bytes above `low`; `absent` stands for `instead`."""
    some = packed[at : at + width * out.size].reshape(out.size, width)
    out[:] = 0
    for byte in range(width):
        for row in range(out.size):
            out[row] |= np.int64(some[row, byte]) << (8 * byte)
    if width == 0:
        out[:] = low
    elif width < 8:
        for row in range(out.size):
            out[row] = instead if out[row] == absent else low + out[row]


def _flag(packed: bytes, start: int, size: int) -> Array:
    return _whole(packed, start, size).astype(np.bool_)


def _texts(packed: bytes, start: int) -> list[str]:
    _, _, count, length = _TEXT.unpack_from(packed, start)
    start += _TEXT.size
    return packed[start : start + length].decode().split(SEPARATOR) if count else []


def _text(packed: bytes, start: int, size: int) -> Array:
    if not packed[start]:
        return _coded(packed, start, size).decoded()
    out = np.empty(size, dtype=object)
    out[:] = _texts(packed, start)
    return out


def _coded(packed: bytes, start: int, size: int) -> Coded:
    _, width, count, length = _TEXT.unpack_from(packed, start)
    if width == 0:
        return Coded(np.full(size, count - 1, dtype=np.int64), _texts(packed, start))
    numbers = np.frombuffer(packed, _UNSIGNED[width], size, start + _TEXT.size + length)
    return Coded(_spread(numbers, 0, count, -1), _texts(packed, start))


_READERS: dict[Kind, Callable[[bytes, int, int], Array]] = {Kind.TEXT: _text, Kind.FLAG: _flag}
