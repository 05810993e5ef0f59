"""Arrays of many items as PostgreSQL receives them in binary; psycopg looks at each item for what is to be quoted."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from claims.tables import Array

_DIMENSIONS, _BOUNDS, _LENGTH = struct.Struct("!iii"), struct.Struct("!ii"), struct.Struct("!i")
_TEXT, _BIGINT = 25, 20
"""The numbers that PostgreSQL gives to its types."""
_ITEM = np.dtype([("length", ">i4"), ("value", ">i8")])


def texts_sent(texts: Sequence[str]) -> bytes:
    """A `text[]` without nulls.

    >>> texts_sent(["ab"]).hex(" ", -4)
    '00000001 00000000 00000019 00000001 00000001 00000002 6162'
    """
    sent = [text.encode() for text in texts]
    return _header(_TEXT, len(sent)) + b"".join([part for one in sent for part in (_LENGTH.pack(len(one)), one)])


def numbers_sent(numbers: Array) -> bytes:
    """A `bigint[]` of n whole numbers."""
    items = np.empty(len(numbers), _ITEM)
    items["length"], items["value"] = 8, numbers
    return _header(_BIGINT, len(numbers)) + items.tobytes()


def numbers_received(sent: bytes) -> Array:
    """The whole numbers of a `bigint[]` without nulls, as `array_send` gives it.

    >>> numbers_received(numbers_sent(np.array([7, -1])))
    array([ 7, -1])
    """
    if len(sent) <= _DIMENSIONS.size:  # no item, or no array
        return np.empty(0, dtype=np.int64)
    return np.frombuffer(sent, _ITEM, offset=_DIMENSIONS.size + _BOUNDS.size)["value"].astype(np.int64)


def _header(of: int, count: int) -> bytes:
    return _DIMENSIONS.pack(1, 0, of) + _BOUNDS.pack(count, 1) if count else _DIMENSIONS.pack(0, 0, of)
