"""First step of a build: takes one block of claims out of the store and scatters it over the parts of each key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.shuffle import read_block, write_pieces, write_whole
from claims.store.columns import select_list
from claims.store.slices import SUBJECT_DOCTOR, Block, read_children_of, read_claims_of
from claims.store.stream import Moment, narrowed, stream, types_of
from claims.tables import CLAIMS, DIAGNOSES, LINES, PATIENTS, SETTLEMENT, Array
from features.closed.blocks import Blocks
from features.matrix import MATRIX_KEYS
from features.partitions import ALONE, KEY_COLUMN, part_numbers
from graphs.columns import NODE_KINDS, changes_query, changes_schema

ROW, BLOCK = "row", "block"
"""Columns that tell where a claim's values go: which settlement of which block (row -1: a reversal, nowhere)."""

ROWS_IN_A_SLICE = 1 << 17
"""Settlements of a block whose values are put together at a time."""

COLUMNS = {
    "claims": (
        "claim_id", "kind", "reverses_claim_id", "patient_id", "institution_id", "doctor_id", "department_id",
        "till_id", "benefit_kind", "served_at", "settled_at", "known_at", "admitted_on", "discharged_on", "total_fen",
        "fund_fen", "account_fen", "account_balance_fen", "recorded_order",
    ),
    "lines": (
        "line_id", "reverses_line_id", "item_code", "quantity_e4", "unit_price_micro_yuan", "price_ceiling_micro_yuan",
        "amount_fen", "days_of_supply",
    ),
    "diagnoses": ("sequence", "code", "is_main"),
}  # fmt: skip
"""What features read of each table; where a column is missing here, a build stops with its name."""

CLAIM_COLUMNS = narrowed(CLAIMS, COLUMNS["claims"])
CHILDREN = tuple(narrowed(table, COLUMNS[table.name]) for table in (LINES, DIAGNOSES))
"""The tables of which a claim may have several rows; only the parts by patient hold them."""


@dataclass(frozen=True)
class Plan:
    """How a build is cut; equal plans give equal files.

    Attributes:
        moment: the state of the store that is built.
        closed: the state in which the months that these claims teach are learned; needed after `scatter_claims`.
        folder: for the pieces between the steps; every worker reads and writes it.
        out: where the Parquet files go; every worker writes it.
        blocks: consecutive claims, one Parquet file each.
        parts: how many parts the claims of a key make.
        keys: the keys in use.
        since: the first second of the longest window before the newest claim.
    """

    moment: Moment
    closed: Moment
    folder: Path
    out: Path
    blocks: tuple[Block, ...]
    parts: int
    keys: tuple[str, ...]
    since: int

    @property
    def slices(self) -> int:
        """How many slices the rows of a block make at most."""
        return -(-max(block.count for block in self.blocks) // ROWS_IN_A_SLICE)

    def pieces(self, what: str, key: str) -> Path:
        """The folder of the pieces of `what` for `key`."""
        return self.folder / key / what


def scatter_claims(plan: Plan, number: int) -> None:
    """Spread block `number`, and keep the keys of its settlements."""
    block, name = plan.blocks[number], block_name(number)
    with plan.moment.connect() as connection:
        claims = _with_places(read_claims_of(connection, CLAIM_COLUMNS, block), number)
        order = claims["recorded_order"].to_numpy()
        part_by = {key: _part_of(plan, claims[KEY_COLUMN[key]], order) for key in plan.keys}
        claims = claims.drop_columns([SUBJECT_DOCTOR])  # it says where a claim goes, and nothing else
        for key, part in part_by.items():
            write_pieces(plan.pieces("claims", key) / name, claims, part, plan.parts)
        for table in CHILDREN:
            rows = read_children_of(connection, table, block)
            for key in set(plan.keys) & {ALONE, "patient"}:
                part = part_by[key][np.searchsorted(order, rows["recorded_order"].to_numpy())]
                write_pieces(plan.pieces(table.name, key) / name, rows, part, plan.parts)
    settled = claims.filter(pc.greater_equal(claims[ROW], 0)).select(MATRIX_KEYS)
    write_whole(plan.folder / "keys" / name, settled)


def pieces_of(plan: Plan, seen_at: int) -> Blocks:
    """The scattered claims, for `build_closed`; `seen_at` is when the plan's moment was."""
    key = plan.keys[0]  # whose pieces have the children
    return Blocks(
        seen_at,
        len(plan.blocks),
        lambda number, name, columns: read_block(plan.pieces(name, key) / block_name(number), columns),
    )


def _part_of(plan: Plan, ids: pa.ChunkedArray, instead: Array) -> Array:
    return part_numbers(ids, instead, plan.parts) if plan.parts > 1 else np.zeros_like(instead)


def _with_places(claims: pa.Table, number: int) -> pa.Table:
    settled = np.asarray(pc.equal(claims["kind"], SETTLEMENT).to_numpy(), dtype=np.bool_)
    row = np.where(settled, np.cumsum(settled) - 1, -1)
    return claims.append_column(ROW, pa.array(row)).append_column(BLOCK, pa.array(np.full(len(row), number)))


def block_name(number: int) -> str:
    """The file of a block; names sort as the numbers do."""
    return f"{number:06d}.arrow"


@dataclass(frozen=True)
class Side:
    """A table beside the claims whose rows are needed only where their subject is.

    Attributes:
        name: names the folder of its pieces.
        key: which parts need it.
        query: trusted SQL, in the form that memory uses; its first column is the subject's id.
        types: the Arrow type of each column.
    """

    name: str
    key: str
    query: str
    types: Mapping[str, pa.DataType]


def sides() -> tuple[Side, ...]:
    """All tables that are spread beside the claims."""
    patients = Side("patients", "patient", f"SELECT {select_list(PATIENTS, 't')} FROM patients t", types_of(PATIENTS))
    schemas = ((kind, changes_schema(kind)) for kind in NODE_KINDS)
    nodes = (
        Side(nodes_name(kind), kind, changes_query(kind), dict(zip(schema.names, schema.types, strict=True)))
        for kind, schema in schemas
    )
    return patients, *nodes


def nodes_name(kind: str) -> str:
    """The `Side` of the link and ring columns of one kind of node."""
    return f"nodes of {kind}"


def scatter_side(plan: Plan, number: int) -> None:
    """Spread the table `sides()[number]`, one bounded block after the other."""
    side = sides()[number]
    key = side.key if side.key in plan.keys else ALONE
    with plan.moment.connect() as connection:
        for block, table in enumerate(stream(connection, side.query, side.types)):
            part = _part_of(plan, table.column(0), np.zeros(table.num_rows, dtype=np.int64))
            write_pieces(plan.pieces(side.name, key) / block_name(block), table, part, plan.parts)
