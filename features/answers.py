"""What the store knows about a batch, asked in one statement: a round trip costs more than what it brings.

A settlement and an advice always need all of it. What only some need is read after it: the claims of a patient without
a packed past, those of a late upload's places, register rows that this process does not hold yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.errors import NotBuilt
from claims.store.columns import array_text, two_arrays
from claims.store.connect import store_of
from claims.tables import CLAIMS, PATIENTS, SETTLEMENT, Array, Columns
from features.catalogue import FEATURES, feature_set
from features.nodes import LATEST
from features.places import id_of, needs_of
from features.rows import ENTITIES, TILE_ENTITIES
from features.verdicts import FINDING, KINDS, confirmed_from
from features.windows import window
from graphs.columns import IN_RING

SERVED = "service"
"""`claims.source` of what the service settled begins with this; everything else came by import and needs a build."""

NEEDS = needs_of(FEATURES)

_OF_SINGLES = frozenset(
    ("claim_id", "kind", "benefit_kind", "settled_at", "known_at", "recorded_order",
     "fund_fen", "account_fen", "account_balance_fen", *chain.from_iterable(ENTITIES.values()))
)  # fmt: skip
"""What features look at of a claim that is there because of its place alone: what its row tells, and no stay."""

_ASKED = {
    "patient_ids": "text[]", "claim_ids": "text[]", "originals": "text[]", "below": "bigint",
    "kinds": "text[]", "ids": "text[]", "confirmed_from": "bigint", "first": "bigint", "last": "bigint",
    "tile_kinds": "text[]", "tile_ids": "text[]", "institutions": "text[]", "tills": "text[]", "amounts": "bigint[]",
    "amount_from": "bigint[]", "till_from": "bigint[]", "at": "bigint[]",
    "feature_set": "text", "built_at": "bigint", "checked": "bigint",
}  # fmt: skip
"""The values of the statement, see `_values`, and their types."""

# The values are columns of `asked`, which the server cannot look into: one plan holds for all batches, and it makes it
# once. `OFFSET 0` keeps it from anything but one look into an index for each thing asked for, whatever it believes
# about a table's size. Moments are whole seconds in memory, rounded: half a second more, and one that ends in a
# fraction is still compared as builds do.
_STATEMENT = f"""WITH asked AS MATERIALIZED (
    SELECT {", ".join(f"${place}::{type_} AS {name}" for place, (name, type_) in enumerate(_ASKED.items(), 1))}),
at_till AS MATERIALIZED (
    SELECT c.* FROM asked, unnest(institutions, tills, till_from, at) AS a(id, till, low, high), LATERAL (
        SELECT * FROM claims WHERE institution_id = a.id AND till_id IS NOT DISTINCT FROM a.till AND kind = 'settlement'
            AND settled_at BETWEEN to_timestamp(a.low) AND to_timestamp(a.high) AND recorded_order < below OFFSET 0) c)
SELECT 'registers' AS what, ARRAY[version::text] AS texts, NULL::bigint[] AS numbers, NULL::float8[] AS reals,
    NULL::bytea AS packed, NULL::bytea AS added FROM register_version
UNION ALL
SELECT 'closed', ARRAY[max(written_at)::text], NULL, NULL, NULL, NULL FROM feature_closed WHERE page = ''
UNION ALL
SELECT 'past', ARRAY[p.patient_id], NULL, NULL, p.packed, p.added
FROM asked, unnest(patient_ids) AS a(id),
    LATERAL (SELECT * FROM patient_pasts WHERE patient_id = a.id OFFSET 0) p
UNION ALL
SELECT 'patient', {two_arrays(PATIENTS, "p")}, NULL, NULL, NULL
FROM asked, unnest(patient_ids) AS a(id), LATERAL (SELECT * FROM patients WHERE patient_id = a.id OFFSET 0) p
UNION ALL
SELECT 'end', ARRAY[c.claim_id], NULL, NULL, NULL, NULL
FROM asked, unnest(claim_ids) AS a(id),
    LATERAL (SELECT * FROM claims WHERE reverses_claim_id = a.id AND recorded_order < below OFFSET 0) c
UNION ALL
SELECT 'end', ARRAY[c.claim_id], NULL, NULL, NULL, NULL
FROM asked, unnest(originals) AS a(id),
    LATERAL (SELECT * FROM claims WHERE claim_id = a.id AND recorded_order < below OFFSET 0) c
UNION ALL
SELECT 'finding', {FINDING}, NULL, NULL, NULL
FROM asked, unnest(kinds, ids) AS a(kind, id), LATERAL (
    SELECT * FROM confirmed
    WHERE entity_kind = a.kind AND entity_id = a.id AND known_at >= to_timestamp(confirmed_from) OFFSET 0) f
UNION ALL
-- What changed while the batch became known, and the newest change before.
SELECT 'node', ARRAY[a.kind, a.id], ARRAY[extract(epoch FROM n.available_at)::bigint], n.values, NULL, NULL
FROM asked, unnest(kinds, ids) AS a(kind, id), LATERAL (
    SELECT * FROM node_columns
    WHERE node_kind = a.kind AND node_id = a.id AND available_at < to_timestamp(last + 0.5)
        AND available_at >= coalesce((
            SELECT max(available_at) FROM node_columns
            WHERE node_kind = a.kind AND node_id = a.id AND available_at < to_timestamp(first + 0.5)
        ), '-infinity') OFFSET 0) n
UNION ALL
SELECT 'tile', ARRAY[a.kind, a.id], NULL, NULL, t.packed, NULL
FROM asked, unnest(tile_kinds, tile_ids) AS a(kind, id),
    LATERAL (SELECT packed FROM feature_tiles WHERE entity_kind = a.kind AND entity_id = a.id OFFSET 0) t
UNION ALL
SELECT 'single', {two_arrays(CLAIMS, "c", _OF_SINGLES)}, NULL, NULL, NULL
FROM asked, unnest(institutions, amounts, amount_from, at) AS a(id, amount, low, high), LATERAL (
    SELECT * FROM claims WHERE institution_id = a.id AND total_fen = a.amount AND kind = 'settlement'
        AND settled_at BETWEEN to_timestamp(a.low) AND to_timestamp(a.high) AND recorded_order < below OFFSET 0) c
UNION ALL
SELECT 'single', {two_arrays(CLAIMS, "c", _OF_SINGLES)}, NULL, NULL, NULL FROM at_till c
UNION ALL
-- Whoever was there and ever stood in a ring: the newest change before that claim became known.
SELECT 'node', ARRAY['patient', c.patient_id], ARRAY[extract(epoch FROM n.available_at)::bigint], n.values, NULL, NULL
FROM (SELECT c.patient_id, c.known_at FROM at_till c,
        LATERAL (SELECT FROM node_columns WHERE {IN_RING} AND node_id = c.patient_id LIMIT 1) r OFFSET 0) c,
    LATERAL (SELECT * FROM node_columns WHERE node_kind = 'patient' AND node_id = c.patient_id
        AND available_at < to_timestamp(extract(epoch FROM c.known_at)::bigint + 0.5)
    ORDER BY available_at DESC LIMIT 1) n
UNION ALL
-- What this process has checked holds for the build that it saw; another build begins anew.
SELECT 'newest', NULL, ARRAY[built_at, since,
    (SELECT max(recorded_order) FROM claims WHERE recorded_order > since AND recorded_order < below),
    (SELECT count(*) FROM claims WHERE recorded_order > since AND recorded_order < below
        AND source NOT LIKE '{SERVED}%')], NULL, NULL, NULL
FROM (SELECT b.built_at, below, greatest(b.until, CASE WHEN b.built_at = asked.built_at THEN checked END, 0) AS since
    FROM asked, LATERAL (
        SELECT coalesce((extract(epoch FROM max(built_at)) * 1000000)::bigint, -1) AS built_at,
            max(built_until_order) AS until
        FROM feature_builds WHERE feature_set = asked.feature_set) b) s""".encode()


_checked: dict[tuple[str, str], tuple[int, int]] = {}
"""By store the time of the build, and the order up to which every claim is known to be in the tiles since."""

Row = tuple[Any, ...]
"""Texts, numbers, reals, packed, added."""


@dataclass(frozen=True)
class Answers:
    """What the store said about a batch.

    Attributes:
        claim_ids: of the batch.
        below: the order below which claims were looked for.
        named: by kind of entity with tiles the ids that the batch names.
        found: the rows by what they are.
    """

    claim_ids: Array
    below: int
    named: Mapping[str, list[str]]
    found: Mapping[str, list[Row]]

    def of(self, what: str) -> list[Row]:
        """The rows of one kind."""
        return self.found.get(what, [])


def ask(connection: psycopg.Connection, batch: ClaimBatch, below: int) -> Answers:
    """Ask for what is known about a batch from claims of an order below `below`."""
    named = {entity: ids_in(batch.claims, entity) for entity in TILE_ENTITIES}
    values = _values(connection, batch, below, named)
    with psycopg.RawCursor(connection) as cursor:  # a plain one would look for marks of values in the text each time
        cursor.execute(_STATEMENT, [values[name] for name in _ASKED], prepare=True, binary=True)
        rows = cursor.fetchall()
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for what, *row in rows:
        found[what].append(tuple(row))
    return Answers(batch.claims["claim_id"], below, named, found)


def _values(
    connection: psycopg.Connection, batch: ClaimBatch, below: int, named: Mapping[str, list[str]]
) -> dict[str, str]:
    """All as texts: the server then sees the same types each time, and one statement is prepared."""
    claims = batch.claims
    built_at, checked = _checked.get(store_of(connection), (-1, 0))
    entities = [(kind, name) for kind in KINDS for name in dict.fromkeys(claims[f"{kind}_id"].tolist()) if name]
    tiles = [(entity, name) for entity, names in named.items() for name in names]
    known_at = np.clip(claims["known_at"], 0, LATEST).tolist() or [0]
    return {
        "patient_ids": array_text(dict.fromkeys(claims["patient_id"].tolist())),
        "claim_ids": array_text(claims["claim_id"].tolist()),
        "originals": array_text(name for name in claims["reverses_claim_id"].tolist() if name),
        "below": str(below),
        "kinds": array_text(kind for kind, _ in entities),
        "ids": array_text(name for _, name in entities),
        "confirmed_from": str(confirmed_from(batch)),
        "first": str(min(known_at)),
        "last": str(max(known_at)),
        "tile_kinds": array_text(kind for kind, _ in tiles),
        "tile_ids": array_text(name for _, name in tiles),
        **_singles(claims),
        "feature_set": feature_set(),
        "built_at": str(built_at),
        "checked": str(checked),
    }


def ids_in(claims: Columns, entity: str) -> list[str]:
    """The different ids of the entities of one kind that claims name."""
    named = zip(*(claims[column].tolist() for column in ENTITIES[entity]), strict=True)
    return [id_of(*parts) for parts in dict.fromkeys(named) if None not in parts]


def _singles(claims: Columns) -> dict[str, str]:
    """Where the claims of the last hours are read one by one: the amounts and the tills of settlements."""
    settled = np.flatnonzero(claims["kind"] == SETTLEMENT)
    at = claims["settled_at"][settled]
    from_ = {entity: window(over).start(at) if over else at + 1 for entity, over in NEEDS.single_over.items()}
    return {
        "institutions": array_text(claims["institution_id"][settled].tolist()),
        "tills": array_text(claims["till_id"][settled].tolist()),
        "amounts": array_text(claims["total_fen"][settled].tolist()),
        "amount_from": array_text(from_["institution_amount"].tolist()),
        "till_from": array_text(from_["till"].tolist()),
        "at": array_text(at.tolist()),
    }


def check_built(connection: psycopg.Connection, answers: Answers) -> None:
    """Make sure that the claims below the batch are in the tiles: by a build or by the service.

    Raises:
        NotBuilt: says what to run.
    """
    ((_, (built_at, since, newest, foreign), *_),) = answers.of("newest")
    if foreign:
        raise NotBuilt(
            f"The store holds {foreign} imported claims that the feature set {feature_set()} has not seen "
            f"(orders above {since}). Expected a build that covers them. Run `yicha features build`, then try again."
        )
    _checked[store_of(connection)] = (built_at, max(since, newest or 0))
