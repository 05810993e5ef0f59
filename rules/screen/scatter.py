"""First step of a screening: takes claims out of the store and brings each person's into one part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from pyarrow import feather

from claims.shuffle import write_pieces
from claims.store.columns import select_list
from claims.store.slices import read_children_of, read_claims_of
from claims.store.stream import narrowed, stream, types_of
from claims.store.trace_codes import all_repeated_scans
from claims.tables import CLAIMS, DIAGNOSES, LINES, PATIENTS
from claims.trace_codes import Scans
from features.partitions import part_numbers
from rules.screen.plan import Plan

_UNREAD = {
    "claims": ("operating_doctor_id", "other_doctor_id", "account_balance_fen", "source"),
    "lines": ("claim_id", "charge_type"),
    "diagnoses": ("claim_id",),
    "patients": ("employer_id", "area"),
}
"""Columns that no rule reads; a rule that asks for one stops with its name."""


CLAIM_COLUMNS, PATIENT_COLUMNS, *CHILDREN = (
    narrowed(table, [name for name in table.names if name not in _UNREAD[table.name]])
    for table in (CLAIMS, PATIENTS, LINES, DIAGNOSES)
)


def scatter_claims(plan: Plan, number: int) -> None:
    """Spread block `number`, its lines and its diagnoses; does nothing where that is done already."""
    block, name = plan.blocks[number], f"{number:06d}.arrow"
    done = plan.folder / "scattered" / name
    if done.exists():
        return
    with plan.moment.connect() as connection:
        claims = read_claims_of(connection, CLAIM_COLUMNS, block)
        order = claims["recorded_order"].to_numpy()
        part = part_numbers(claims["patient_id"], order, plan.parts)
        write_pieces(plan.pieces("claims") / name, claims, part, plan.parts)
        for table in CHILDREN:
            rows = read_children_of(connection, table, block)
            of_claim = part[np.searchsorted(order, rows["recorded_order"].to_numpy())]
            write_pieces(plan.pieces(table.name) / name, rows, of_claim, plan.parts)
    _say_done(done)


def scatter_patients(plan: Plan, _: int) -> None:
    """Spread the persons."""
    done = plan.folder / "scattered" / "patients"
    if done.exists():
        return
    query = f"SELECT {select_list(PATIENT_COLUMNS, 't')} FROM patients t"
    with plan.moment.connect() as connection:
        for block, table in enumerate(stream(connection, query, types_of(PATIENT_COLUMNS))):
            part = part_numbers(table["patient_id"], np.zeros(table.num_rows, dtype=np.int64), plan.parts)
            write_pieces(plan.pieces("patients") / f"{block:06d}.arrow", table, part, plan.parts)
    _say_done(done)


def keep_scans(connection: psycopg.Connection, plan: Plan) -> None:
    """Keep the scans of boxes that were scanned more than once; every part asks among them."""
    if plan.scans_file.exists():
        return
    scans = all_repeated_scans(connection)
    half_done = plan.scans_file.with_suffix(".half")
    with half_done.open("wb") as file:
        table = pa.table({name: pa.array(column) for name, column in vars(scans).items()})
        feather.write_feather(table, file)
    half_done.rename(plan.scans_file)


def kept_scans(plan: Plan) -> Scans:
    """What `keep_scans` kept."""
    table = feather.read_table(plan.scans_file)
    columns = ((name, table[name]) for name in table.column_names)
    return Scans(**{
        name: column.to_numpy().astype(object) if pa.types.is_string(column.type) or pa.types.is_null(column.type)
        else column.to_numpy() for name, column in columns
    })  # fmt: skip


def _say_done(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
