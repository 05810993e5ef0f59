"""All claims of one moment, a block at a time, for whoever learns from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.store.slices import read_children_of, read_claims_of
from claims.store.stream import blocks_of, narrowed
from claims.tables import CLAIMS, DIAGNOSES, LINES, SETTLEMENT, Array, Columns
from features.closed.months import month_of

_TIMES = ("kind", "settled_at", "known_at")
_ROWS_IN_A_BLOCK = 100_000


@dataclass(frozen=True)
class Blocks:
    """All claims of one moment, in blocks.

    Attributes:
        seen_at: the moment, in seconds: a month that had not ended by then is not learned from them.
        count: how many blocks.
        read: the rows of a block's claims, lines or diagnoses; whole numbers have `MISSING`. Arguments: the block's
            number, the table's name, the columns wanted, `recorded_order` of the claim among them.
    """

    seen_at: int
    count: int
    read: Callable[[int, str, Sequence[str]], pa.Table]


@dataclass(frozen=True)
class Span:
    """Over which time settlements stretch.

    Attributes:
        settled: months in which anything was settled.
        last_known: when the newest became known, in seconds; 0 without any.
    """

    settled: list[int]
    last_known: int


def span_of(blocks: Blocks) -> Span:
    """Looks at all settlements."""
    settled: set[int] = set()
    last_known = 0
    for number in range(blocks.count):
        claims = blocks.read(number, "claims", _TIMES)
        claims = claims.filter(pa.compute.equal(claims["kind"], SETTLEMENT))
        if len(claims):
            settled |= set(np.unique(month_of(claims["settled_at"].to_numpy())).tolist())
            last_known = max(last_known, int(claims["known_at"].to_numpy().max()))
    return Span(sorted(settled), last_known)


def blocks_in(connection: psycopg.Connection, now: int) -> Blocks:
    """What the connection's transaction sees now."""
    blocks = blocks_of(connection, _ROWS_IN_A_BLOCK)

    def read(number: int, name: str, columns: Sequence[str]) -> pa.Table:
        if name == "claims":
            table = narrowed(CLAIMS, ("recorded_order", *columns))
            return read_claims_of(connection, table, blocks[number])
        table = LINES if name == "lines" else DIAGNOSES
        return read_children_of(connection, narrowed(table, columns), blocks[number])

    return Blocks(now, len(blocks), read)


def blocks_of_batch(batch: ClaimBatch, now: int) -> Blocks:
    """The claims of a batch, one block."""
    order = batch.claims["recorded_order"]
    children = {
        name: {**columns, "recorded_order": order[columns["claim_index"]]}
        for name, columns in (("lines", batch.lines), ("diagnoses", batch.diagnoses))
    }
    tables: dict[str, Columns] = {"claims": batch.claims, **children}
    return Blocks(now, 1, lambda _number, name, columns: _arrow(tables[name], columns))


def _arrow(columns: Columns, names: Sequence[str]) -> pa.Table:
    def array(values: Array) -> pa.Array:
        return pa.array(values.tolist(), pa.string()) if values.dtype == object else pa.array(values)

    return pa.table({name: array(columns[name]) for name in names})
