"""Puts the tiles and packed pasts of a build into the store, brought up to the claims that arrived while it ran."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from claims.shuffle import read_piece
from claims.store.stream import read_claims
from features.long_pasts import PASTS
from features.part import TILES, read_reference, rows_of, tiles_of
from features.partitions import KEY_COLUMN, key_of_entity, part_of
from features.rows import TILE_ENTITIES
from features.scatter import CLAIM_COLUMNS, Plan

SLACK = 100_000
"""Orders below the newest at which a claim may still appear late: it drew its order long before it was committed."""


@dataclass(frozen=True)
class Seen:
    """Which of the newest claims a build saw: (id, order) of those with an order above `above`."""

    above: int
    claims: frozenset[tuple[str, int]]

    @classmethod
    def now(cls, connection: psycopg.Connection) -> Seen:
        """What the connection's transaction sees."""
        row = connection.execute("SELECT max(recorded_order) FROM claims").fetchone()
        above = (row[0] if row else None) or 0
        return cls(above - SLACK, _newest(connection, above - SLACK))


def _newest(connection: psycopg.Connection, above: int) -> frozenset[tuple[str, int]]:
    rows = connection.execute("SELECT claim_id, recorded_order FROM claims WHERE recorded_order > %s", (above,))
    return frozenset((claim_id, order) for claim_id, order in rows)


def renew(connection: psycopg.Connection, plan: Plan, seen: Seen) -> int:
    """Replace all tiles and packed pasts by those of the build; settlements wait from here to the transaction's end.

    Returns:
        The highest order that the tiles hold.
    """
    connection.execute("LOCK TABLE feature_tiles, patient_pasts IN SHARE ROW EXCLUSIVE MODE")
    connection.execute("DELETE FROM feature_tiles")
    connection.execute("DELETE FROM patient_pasts")
    for name, table in ((TILES, "feature_tiles"), (PASTS, "patient_pasts")):
        for path in sorted((plan.folder / name).iterdir()):
            _write(connection, table, read_piece(path, 0))
    fresh = sorted(name for name, _ in _newest(connection, seen.above) - seen.claims)
    if fresh:
        _renew_tiles(connection, plan, fresh)
        _forget_pasts(connection, fresh)
    row = connection.execute("SELECT max(recorded_order) FROM claims").fetchone()
    assert row is not None
    return int(row[0])


def _write(connection: psycopg.Connection, table: str, rows: pa.Table | pa.RecordBatch) -> None:
    names = rows.schema.names
    with connection.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["bytea" if name == "packed" else "text" for name in names])
        for row in zip(*(rows.column(name).to_pylist() for name in names), strict=True):
            copy.write_row(row)


def _forget_pasts(connection: psycopg.Connection, fresh: list[str]) -> None:
    """Drop the pasts that the `fresh` claims changed; each is packed again at the patient's next settlement."""
    connection.execute(
        "DELETE FROM patient_pasts WHERE patient_id IN (SELECT patient_id FROM claims WHERE claim_id = ANY(%s) "
        "OR claim_id IN (SELECT reverses_claim_id FROM claims WHERE claim_id = ANY(%s)) "
        "OR reverses_claim_id = ANY(%s))",
        (fresh, fresh, fresh),
    )


def _renew_tiles(connection: psycopg.Connection, plan: Plan, fresh: list[str]) -> None:
    """Write the tiles of whomever the `fresh` claims touch anew, from all their claims; few claims come in minutes."""
    touched = read_claims(connection, CLAIM_COLUMNS, f"t.claim_id = ANY({_listed(connection, fresh)})")
    reference = read_reference(connection)
    for key in sorted({key_of_entity(entity) for entity in TILE_ENTITIES}):
        entities = [entity for entity in TILE_ENTITIES if key_of_entity(entity) == key]
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for name in sorted(set(touched[KEY_COLUMN[key]].to_pylist()) - {None}):
            groups[part_of(name, plan.parts)].append(name)
        for names in groups.values():
            where = _CLAIMS_OF[key].format(names=_listed(connection, names))
            claims = read_claims(connection, CLAIM_COLUMNS, where)
            tiles = tiles_of(rows_of(claims, {}, reference), entities)
            for entity in entities:
                own = tiles.filter(pc.equal(tiles["entity_kind"], entity))["entity_id"].to_pylist()
                connection.execute(
                    "DELETE FROM feature_tiles WHERE entity_kind = %s AND entity_id = ANY(%s)", (entity, own)
                )
            _write(connection, "feature_tiles", tiles)


_CLAIMS_OF = {
    "institution": "t.institution_id = ANY({names})",
    "doctor": "(t.kind = 'settlement' AND t.doctor_id = ANY({names})) "
    "OR t.reverses_claim_id IN (SELECT claim_id FROM claims WHERE doctor_id = ANY({names}))",
}


def _listed(connection: psycopg.Connection, names: list[str]) -> str:
    return sql.Literal(names).as_string(connection)
