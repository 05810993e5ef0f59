"""Writes snapshots, rings and changed node columns, and reads them back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import orjson
import psycopg

from claims.clock import to_day
from claims.errors import Conflict, NotBuilt
from claims.tables import Array
from graphs.as_of import as_of
from graphs.columns import NODE_KINDS, NodeKind, read_changes
from graphs.group import Group
from graphs.kinds import RING_KINDS
from graphs.membership import COLUMNS, StoredRing
from graphs.newest import newest_snapshot
from graphs.snapshot import Memory, Night, Roller, available_at, data_until

_SAYS = {kind.name: kind.says for kind in RING_KINDS}


def snapshot_id(day: int) -> str:
    """The id of the snapshot with the data until 00:00 of `day`; ids sort by time.

    >>> snapshot_id(20_000)
    'night-2024-10-04'
    """
    return f"night-{to_day(day):%Y-%m-%d}"


def rings_at(connection: psycopg.Connection, snapshot: str | None = None) -> list[StoredRing]:
    """The rings that stand in a snapshot (the newest by default), highest score first.

    Table `rings` keeps a row only when a ring began, changed or ended (no members); this reads the last one each.

    Raises:
        NotBuilt: there is no snapshot yet.
    """
    snapshot = snapshot or newest_snapshot(connection)
    if snapshot is None:
        raise NotBuilt(
            "No snapshot of links and rings is in the store. Expected at least one. Run `yicha graphs build`."
        )
    rows = connection.execute(
        f'SELECT * FROM (SELECT DISTINCT ON (ring_id) {COLUMNS} FROM rings WHERE snapshot_id COLLATE "C" <= %s '
        'ORDER BY ring_id, snapshot_id COLLATE "C" DESC) r WHERE cardinality(members) > 0 ORDER BY score DESC, ring_id',
        (snapshot,),
    ).fetchall()
    return [StoredRing(*row) for row in rows]


def write_night(connection: psycopg.Connection, night: Night, roller: Roller) -> str:
    """Add one night; the transaction is the caller's. Returns its snapshot id."""
    name = snapshot_id(night.day)
    rings = [_ring_row(ring_id, name, ring, roller) for ring_id, ring in night.rings]
    rings += [(ring_id, name, kind, 0.0, [], 0, 0, [], "{}") for kind, ring_id in night.ended]
    at = f"{np.datetime64(available_at(night.day), 's')}Z"
    connection.execute(
        "INSERT INTO snapshots VALUES (%s, to_timestamp(%s), to_timestamp(%s), %s)",
        (name, data_until(night.day), available_at(night.day), _fingerprint(night, rings)),
    )
    with connection.cursor().copy("COPY rings FROM STDIN") as copy:
        for ring in rings:
            copy.write_row(ring)
    with connection.cursor().copy("COPY node_columns FROM STDIN") as copy:
        for kind, (ids, values) in night.changed.items():
            copy.write("".join(_lines(kind, ids, values, at, name)))
    return name


def _lines(kind: NodeKind, ids: Array, values: Array, at: str, name: str) -> list[str]:
    """Rows in PostgreSQL's text format; ids are escaped as it asks."""
    cells = [",".join(map(repr, row)) for row in values.tolist()]
    texts = (node.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for node in ids.tolist())
    return [f"{kind}\t{node}\t{at}\t{name}\t{{{row}}}\n" for node, row in zip(texts, cells, strict=True)]


def _ring_row(ring_id: str, name: str, ring: Group, roller: Roller) -> tuple[object, ...]:
    taking = roller.facts.taking
    says_zh, says_en = _SAYS[ring.kind](ring)
    details = {
        "grounds": ring.grounds,
        **ring.facts,
        "institutions": taking.institution_ids[np.unique(taking.institution[ring.claim_rows])].tolist(),
        "evidence_until": data_until(ring.evidence_day),
        "says_zh": says_zh,
        "says_en": says_en,
    }
    members, claims = roller.ids["patient"][ring.members].tolist(), roller.claim_ids(ring.claim_rows)
    text = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
    return (ring_id, name, ring.kind, ring.score, members, ring.joint_days, ring.money_fen, claims, text)


def _fingerprint(night: Night, rings: Sequence[tuple[object, ...]]) -> str:
    digest = hashlib.sha256(orjson.dumps(rings))
    for kind, (ids, values) in sorted(night.changed.items()):
        digest.update(kind.encode() + orjson.dumps(ids.tolist()) + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def read_memory(connection: psycopg.Connection, day: int) -> Memory:
    """What the snapshots up to `day` left: the newest values and the rings of the last 180 days."""
    memory = Memory()
    for kind in NODE_KINDS:
        changes = read_changes(connection, kind)
        newest = as_of(changes, changes.ids, np.full(len(changes.ids), available_at(day)))
        known = np.flatnonzero(newest.any(axis=1))
        rows = newest[known].tolist()
        memory.values[kind] = dict(zip(changes.ids[known].tolist(), map(tuple, rows), strict=True))
    rows = connection.execute(
        "SELECT r.ring_id, r.kind, ((extract(epoch FROM s.data_until)::bigint + 28800) / 86400)::bigint, r.score, "
        "r.members, r.joint_days, r.money_fen, cardinality(r.evidence_claims), (r.details->>'evidence_until')::bigint "
        "FROM rings r JOIN snapshots s USING (snapshot_id) WHERE s.data_until <= to_timestamp(%s) "
        "ORDER BY s.data_until, r.ring_id",
        (data_until(day),),
    ).fetchall()
    for ring_id, kind, last, score, members, joint_days, money, claims, evidence_until in rows:
        if not members:  # it ended; the day before was its last
            memory.ring_state.pop(ring_id, None)
            memory.ring_day[ring_id] = last - 1
            continue
        memory.ring_members[kind][ring_id], memory.ring_day[ring_id] = frozenset(members), last
        evidence_day = (evidence_until + 8 * 3600) // 86_400
        memory.ring_state[ring_id] = (score, evidence_day, joint_days, money, claims)
    for ring_id in memory.ring_state:
        memory.ring_day[ring_id] = day
    return memory


def remove_from(connection: psycopg.Connection, day: int) -> int:
    """Remove the snapshots of `day` and later, to build them again; returns how many.

    Raises:
        Conflict: a decision was made on one of them.
    """
    names = [
        row[0]
        for row in connection.execute(
            "SELECT snapshot_id FROM snapshots WHERE data_until >= to_timestamp(%s)", (data_until(day),)
        )
    ]
    used = connection.execute("SELECT count(*) FROM decisions WHERE snapshot_id = ANY(%s)", (names,)).fetchone()
    if used and used[0]:
        raise Conflict(
            f"{used[0]} decisions were made on snapshots from {to_day(day)} on. Expected snapshots that nothing was "
            "decided on: they can be replayed only while these stay. Give a later first day."
        )
    connection.execute("DELETE FROM node_columns WHERE available_at >= to_timestamp(%s)", (available_at(day),))
    for table in ("rings", "snapshots"):
        connection.execute(f"DELETE FROM {table} WHERE snapshot_id = ANY(%s)", (names,))
    return len(names)
