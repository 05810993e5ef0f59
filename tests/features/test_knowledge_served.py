"""What the service reads of the knowledge tables finds what the whole store says, from the next claim on."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from claims.store.columns import append, append_batch
from claims.store.connect import Store
from claims.tables import KNOWLEDGE
from features.context import read_context, read_whole_context
from rules.run import run_rules
from tests.features.made import DRUG_A, Line, Made, batch_of, columns_of
from tests.features.reference import store_reference

LARGER, PART = "LARGER-TEST", "PART-TEST"
EARLIER = [Made("earlier", "2025-01-01T09:00", 1, lines=[Line(LARGER), Line(DRUG_A)])]
ASKED = batch_of([Made("asked", "2025-01-01T10:00", 2, lines=[Line(PART), Line(DRUG_A)])])
POINT = {"item_name": "n", "is_span": False, "is_understood": True, "valid_from": 0}
POINTS = [
    {**POINT, "kind": "item_pair", "item_code": LARGER, "other_code": PART, "other_name": "o", "per": "day"},
    {**POINT, "kind": "item_count", "item_code": DRUG_A, "most_count_e4": 10_000, "per": "day"},
    {**POINT, "kind": "item_count", "item_code": "UNUSED", "most_count_e4": 10_000, "per": "day"},
]


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as made:
        store_reference(made)
        append_batch(made, batch_of(EARLIER))
        made.commit()
        yield made


def test_a_table_is_seen_by_the_next_settlement(connection: psycopg.Connection, store: Store) -> None:
    with store.as_service() as service:
        assert not len(read_context(service, ASKED).knowledge["kind"])  # type: ignore[index]
        service.commit()
        bring_in(connection)
        known = read_context(service, ASKED).knowledge
        assert known is not None
        assert sorted(known["item_code"].tolist()) == sorted([LARGER, DRUG_A]), "points of the items in sight only"


def test_the_service_finds_what_the_whole_store_says(connection: psycopg.Connection, store: Store) -> None:
    bring_in(connection)
    with store.as_service() as service:
        narrow = read_context(service, ASKED)
        wide = read_whole_context(service, narrow.history)
    found = [sorted(hit.says_en for hit in run_rules(ASKED, context).hits) for context in (narrow, wide)]
    assert any("o is part of n" in says for says in found[0])
    assert any("was billed 2 times" in says for says in found[0])
    assert found[0] == found[1]


def bring_in(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO knowledge_batches (kind, file_name, sha256, valid_from, adds, points, not_understood) "
        "VALUES ('test', 't', 't', '2000-01-01', false, 3, 0)"
    )
    points = [{**point, "batch_id": 1, "row_number": number} for number, point in enumerate(POINTS)]
    append(connection, KNOWLEDGE, columns_of(KNOWLEDGE, points))
    connection.commit()
