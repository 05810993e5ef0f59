"""A patient's past as bytes: the columns of claims, lines and diagnoses, each unpacked only when it is asked for.

Reading 500 claims with 1,500 lines as rows costs the server and this process some ten milliseconds each; one value that
holds them as columns costs a fraction of one. A whole number takes as many bytes as the column's span needs; a text is
kept once, and its rows as numbers, unless nearly every row has another one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.lazy import Coded, LazyColumns, coded, continued, number
from claims.tables import CLAIMS, DIAGNOSES, LINES, MISSING, Array, Columns, Kind

VERSION = 1
SEPARATOR = "\0"
"""No text of the store can hold it: PostgreSQL refuses it."""
_HEADER = struct.Struct("<2sBx8sqiii")
_WHOLE, _TEXT = struct.Struct("<qB"), struct.Struct("<BBII")
_UNSIGNED: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<i8")}
_INDEX = "claim_index"

_COLUMNS = tuple(
    (place, name, kind)
    for place, table in enumerate((CLAIMS, LINES, DIAGNOSES))
    for name, kind in (
        *((column.name, column.kind) for column in table.columns if not place or column.name != "claim_id"),
        *(((_INDEX, Kind.WHOLE),) if place else ()),
    )
)
"""(table, name, kind) of each part in order; a child's claim follows from its index."""
_LAYOUT = hashlib.blake2b(repr([(place, name, kind.name) for place, name, kind in _COLUMNS]).encode(), digest_size=8)


@dataclass(frozen=True)
class Past:
    """A patient's past.

    Attributes:
        kept_from: it holds every claim of the patient settled from here on, in seconds, and the other end of each
            reversal.
        batch: the claims in recorded order.
        parts: the bytes of each of `_COLUMNS`.
    """

    kept_from: int
    batch: ClaimBatch
    parts: tuple[bytes, ...]


def pack(batch: ClaimBatch, kept_from: int) -> bytes:
    """Claims in recorded order as bytes."""
    tables = (batch.claims, batch.lines, batch.diagnoses)
    parts = [_packed(tables[place], name, kind) for place, name, kind in _COLUMNS]
    return _joined(parts, kept_from, [_size(table) for table in tables])


def unpack(packed: bytes) -> Past | None:
    """The past from its bytes; None when another version wrote it."""
    mark, version, layout, kept_from, *sizes = _HEADER.unpack_from(packed)
    if (mark, version, layout) != (b"YH", VERSION, _LAYOUT.digest()):
        return None
    begin = _HEADER.size + 4 * len(_COLUMNS)
    ends = np.frombuffer(packed, dtype="<u4", count=len(_COLUMNS), offset=_HEADER.size).tolist()
    starts = [0, *ends]
    parts = tuple(packed[begin + start : begin + end] for start, end in zip(starts, ends, strict=False))
    return Past(kept_from, _batch(parts, sizes), parts)


def grown(past: Past, fresh: ClaimBatch, kept_from: int) -> bytes:
    """The bytes of the past with later claims, without unpacking its texts."""
    tables = (fresh.claims, fresh.lines, fresh.diagnoses)
    old = (past.batch.claims, past.batch.lines, past.batch.diagnoses)
    parts = [
        _packed_text(_continued(part, _size(old[place]), tables[place][name]))
        if kind is Kind.TEXT
        else _packed_whole(np.concatenate([old[place][name], tables[place][name] + (name == _INDEX) * len(past.batch)]))
        for part, (place, name, kind) in zip(past.parts, _COLUMNS, strict=True)
    ]
    return _joined(parts, kept_from, [_size(one) + _size(two) for one, two in zip(old, tables, strict=True)])


def _size(columns: Columns) -> int:
    return len(columns[_INDEX] if _INDEX in columns else columns["recorded_order"])


def _joined(parts: Sequence[bytes], kept_from: int, sizes: Sequence[int]) -> bytes:
    ends = np.cumsum([len(part) for part in parts], dtype="<u4").tobytes()
    return b"".join((_HEADER.pack(b"YH", VERSION, _LAYOUT.digest(), kept_from, *sizes), ends, *parts))


def _batch(parts: Sequence[bytes], sizes: Sequence[int]) -> ClaimBatch:
    makers: list[dict[str, Callable[[], Array]]] = [{}, {}, {}]
    coders: list[dict[str, Callable[[], Coded]]] = [{}, {}, {}]
    for part, (place, name, kind) in zip(parts, _COLUMNS, strict=True):
        makers[place][name] = partial(_READERS.get(kind, _whole), part, sizes[place])
        if kind is Kind.TEXT and not part[0]:
            coders[place][name] = partial(_coded, part, sizes[place])
    claims = LazyColumns(makers[0], coders[0])
    for made in makers[1:]:
        made["claim_id"] = partial(_claim_ids, claims, made[_INDEX])
    return ClaimBatch(claims, LazyColumns(makers[1], coders[1]), LazyColumns(makers[2], coders[2]))


def _claim_ids(claims: Columns, index: Callable[[], Array]) -> Array:
    return claims["claim_id"][index()]


def _packed(columns: Columns, name: str, kind: Kind) -> bytes:
    return _packed_text(coded(columns, name)) if kind is Kind.TEXT else _packed_whole(columns[name].astype(np.int64))


def _packed_whole(values: Array) -> bytes:
    """The lowest value, the width of a number above it (0: all are that value), and the numbers."""
    if not len(values):
        return _WHOLE.pack(0, 0)
    low, high = int(values.min()), int(values.max())
    if low == high:
        return _WHOLE.pack(low, 0)
    given = values
    if low == MISSING:  # the highest number of the width stands for a missing one
        given = values[values != MISSING]
        low = int(given.min())
    width = next(size for size in (1, 2, 4, 8) if high - low < (1 << 8 * size) - 1)
    if width == 8:
        return _WHOLE.pack(0, 8) + values.astype("<i8").tobytes()
    numbers = np.where(values == MISSING, (1 << 8 * width) - 1, values - low)
    return _WHOLE.pack(low, width) + numbers.astype(_UNSIGNED[width]).tobytes()


def _whole(part: bytes, size: int) -> Array:
    low, width = _WHOLE.unpack_from(part)
    if width == 0:
        return np.full(size, low, dtype=np.int64)
    numbers = np.frombuffer(part, dtype=_UNSIGNED[width], offset=_WHOLE.size)
    values = numbers.astype(np.int64)
    if width < 8:
        values += low
        values[numbers == (1 << 8 * width) - 1] = MISSING
    return values


def _flag(part: bytes, size: int) -> Array:
    return _whole(part, size).astype(np.bool_)


def _packed_text(column: Coded | bytes) -> bytes:
    """A mark (1: the texts of all rows in order), the width of a code (0: all rows are alike), the texts, the codes."""
    if isinstance(column, bytes):
        return column
    texts, codes = column.texts, column.codes
    if 2 * len(texts) > len(codes) and not (codes < 0).any():
        return _packed_texts(1, 0, column.decoded().tolist())
    if len(texts) <= 1 and (codes == len(texts) - 1).all():
        return _packed_texts(0, 0, texts)
    width = next(size for size in (1, 2, 4) if len(texts) < 1 << 8 * size)
    numbers = np.where(codes < 0, len(texts), codes).astype(_UNSIGNED[width])
    return _packed_texts(0, width, texts) + numbers.tobytes()


def _packed_texts(mark: int, width: int, texts: Sequence[str]) -> bytes:
    joined = SEPARATOR.join(texts).encode()
    return _TEXT.pack(mark, width, len(texts), len(joined)) + joined


def _texts(part: bytes) -> list[str]:
    _, _, count, length = _TEXT.unpack_from(part)
    return part[_TEXT.size : _TEXT.size + length].decode().split(SEPARATOR) if count else []


def _text(part: bytes, size: int) -> Array:
    if not part[0]:
        return _coded(part, size).decoded()
    out = np.empty(size, dtype=object)
    out[:] = _texts(part)
    return out


def _coded(part: bytes, size: int) -> Coded:
    _, width, count, length = _TEXT.unpack_from(part)
    if width == 0:
        return Coded(np.full(size, count - 1, dtype=np.int64), _texts(part))
    codes = np.frombuffer(part, dtype=_UNSIGNED[width], offset=_TEXT.size + length).astype(np.int64)
    codes[codes == count] = -1
    return Coded(codes, _texts(part))


_READERS: dict[Kind, Callable[[bytes, int], Array]] = {Kind.TEXT: _text, Kind.FLAG: _flag}


def _continued(part: bytes, size: int, more: Array) -> Coded | bytes:
    """A text part with further rows."""
    fresh = more.tolist()
    if part[0] and None not in fresh:
        joined = b"\0".join((part[_TEXT.size :], *(text.encode() for text in fresh)))
        return _TEXT.pack(1, 0, size + len(fresh), len(joined)) + joined
    return continued(number(_text(part, size)) if part[0] else _coded(part, size), more)
