"""With own codes and trace codes a settlement sees what a reading of the whole store sees; without, it pays nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from claims.batch import ClaimBatch, select
from claims.context import Context
from claims.store import trace_codes
from claims.store.columns import append, append_batch, read_batch
from claims.store.connect import Store
from claims.store.trace_codes import all_repeated_scans, scans_beside
from claims.store.view import keyed_as, open_view
from claims.tables import ITEM_MAPPINGS, STOCK
from claims.trace_codes import Scans
from features.context import read_context, read_whole_context
from features.past_context import PastReader
from rules.conduct.trace_code import box_settled_twice
from rules.items.own_code import billed_as_another_item, own_code_is_not_registered
from rules.run import run_rules
from tests.conftest import settings_in
from tests.features.made import DRUG_A, DRUG_B, Line, Made, batch_of, columns_of
from tests.features.reference import store_reference

RULES = [box_settled_twice, billed_as_another_item, own_code_is_not_registered]
ONE, TWO, THREE, FOUR = (f"8100001000000000001{digit}" for digit in range(4))
BOXES = {"a": f"{ONE},{TWO}", "b": THREE, "c": ONE, "d": f"{TWO},{THREE}", "e": f"{FOUR},{FOUR}", "f": THREE, "r": ""}
OWN = {"c": "OWN-1", "d": "OWN-2", "e": "OWN-1"}
MADE = [
    Made("a", "2025-01-01T09:00", 1, "p1", "i1", lines=[Line(quantity_e4=20_000, line_id="a1")]),
    Made("b", "2025-01-01T10:00", 2, "p2", "i2", lines=[Line(line_id="b1")]),
    Made("r", "2025-01-01T11:00", 3, "p2", "i2", reverses="b", lines=[Line(quantity_e4=-10_000, amount_fen=-1_000)]),
    Made("c", "2025-01-02T09:00", 4, "p3", "i2", lines=[Line(line_id="c1")]),
    Made("d", "2025-01-02T10:00", 5, "p4", "i1", lines=[Line(quantity_e4=20_000, line_id="d1")]),
    Made("e", "2025-01-02T11:00", 6, "p5", "i2", lines=[Line(quantity_e4=20_000, line_id="e1")]),
    Made("f", "2025-01-02T12:00", 7, "p6", "i3", lines=[Line(line_id="f1")]),
    Made("g", "2025-01-02T13:00", 8, "p7", "i3", lines=[Line(DRUG_B, line_id="g1")]),
]
SALE = {
    "institution_id": "i3",
    "record_id": "s1",
    "item_code": DRUG_B,
    "movement": "sale",
    "quantity_e4": 10_000,
    "moved_at": 1_735_800_000,
    "claim_id": "g",
    "trace_codes": FOUR,
}
FOUND = {
    ("c", "YC-TRACE", "highly_suspicious"),
    ("c", "YC-MAPPING", "slightly_suspicious"),
    ("d", "YC-TRACE", "slightly_suspicious"),
    ("e", "YC-TRACE", "slightly_suspicious"),
    ("e", "YC-MAPPING", "slightly_suspicious"),
    ("f", "YC-TRACE", "highly_suspicious"),
    ("g", "YC-TRACE", "highly_suspicious"),
}
"""d repeats a box of its own place; its other box had come back. What g sold was reported afterwards."""
NUMBERS = ("line_number", "times", "settled_at", "order", "is_split", "freed_order", "freed_at")


def coded(batch: ClaimBatch) -> ClaimBatch:
    names = batch.claims["claim_id"][batch.lines["claim_index"]].tolist()
    codes = {"trace_codes": BOXES, "own_item_code": OWN}
    texts = {column: np.array([of.get(name) or None for name in names], dtype=object) for column, of in codes.items()}
    return replace(batch, lines={**batch.lines, **texts})


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as made:
        store_reference(made)
        append_batch(made, coded(batch_of(MADE)))
        append(made, STOCK, columns_of(STOCK, [SALE]))
        entry = {"institution_id": "i2", "own_item_code": "OWN-1", "item_code": DRUG_B, "valid_from": 0}
        append(made, ITEM_MAPPINGS, columns_of(ITEM_MAPPINGS, [entry]))
        made.commit()
        yield made


def found(batch: ClaimBatch, context: Context) -> set[tuple[Any, ...]]:
    result = run_rules(batch, context, RULES)
    assert result.crashed == []
    return {
        (batch.claims["claim_id"][hit.claim_row], hit.code, str(hit.grade), hit.amount_fen, hit.says_zh)
        for hit in result.hits
    }


def test_one_settlement_a_part_of_a_period_and_the_whole_store_find_the_same(connection: psycopg.Connection) -> None:
    whole = read_batch(connection)
    context = replace(read_whole_context(connection, whole), scans=all_repeated_scans(connection))
    at_once = found(whole, context)
    assert {each[:3] for each in at_once} == FOUND
    ids, moments = whole.claims["claim_id"], whole.claims["settled_at"]
    assert found(*PastReader(connection).read(ids, moments, 8)) == at_once
    alone = set()
    for row in range(len(whole)):
        one = select(whole, np.array([row]))
        alone |= found(one, read_context(connection, one))
    assert {each for each in alone if each[0] != "g"} == {each for each in at_once if each[0] != "g"}, (
        "what was sold is reported after the settlement"
    )


def test_claims_that_settle_together_see_each_other(connection: psycopg.Connection) -> None:
    connection.execute("TRUNCATE lines, claims, stock CASCADE")
    batch = coded(batch_of(MADE))
    apart = {each[:3] for each in found(batch, read_context(connection, batch))}
    assert apart == FOUND - {("g", "YC-TRACE", "highly_suspicious")}


def test_without_a_code_nothing_is_asked() -> None:
    assert scans_beside(None, batch_of(MADE)) is None  # type: ignore[arg-type]  # nobody to ask


def test_a_code_that_everybody_sends_is_looked_at_only_so_often(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Made(f"m{n}", "2025-01-03T09:00", 100 + n, f"m{n}", f"x{n % 20}", lines=[Line()]) for n in range(150)]
    for made in many:
        monkeypatch.setitem(BOXES, made.id, ONE)
    append_batch(connection, coded(batch_of(many)))
    last = coded(batch_of([many[-1]]))
    scans = trace_codes.scans_beside(connection, last)
    assert scans is not None
    assert len(scans) <= trace_codes.MOST_OF_A_CODE + 1
    assert found(last, read_context(connection, last)) == set(), "it can be no box's"


def test_the_indexes_are_used_for_a_code(connection: psycopg.Connection) -> None:
    connection.execute("SET LOCAL enable_seqscan = off")
    plan = connection.execute(f"EXPLAIN {trace_codes._CLAIMS_WITH}", (f"{{{DRUG_A}}}",)).fetchall()
    assert any("lines_by_trace_code" in line for (line,) in plan)


def test_a_notebook_knows_a_box_again_but_not_its_code(
    connection: psycopg.Connection, store: Store, tmp_path: Path, reading_role: str
) -> None:
    whole = read_batch(connection)
    as_owner = scans_beside(connection, whole)
    connection.execute("UPDATE lines SET trace_codes = '0000000000,lot-1,' || trace_codes")  # names no box to anybody
    connection.commit()
    with open_view(replace(settings_in(tmp_path), database_url=store.owner_url)) as view:
        seen = read_batch(view)
        in_view = scans_beside(view, seen)
        named = keyed_as(view, connection, whole.claims["claim_id"].tolist())
        again = found(*PastReader(view).read(seen.claims["claim_id"], seen.claims["settled_at"], 8))
    name_of = {seen_as: name for name, seen_as in named.items()}
    of_traces = {each for each in FOUND if each[1] == "YC-TRACE"}
    assert {(name_of[claim], code, grade) for claim, code, grade, *_ in again if code == "YC-TRACE"} == of_traces
    assert boxes(in_view, named) == boxes(as_owner, {name: name for name in named})
    assert not {ONE, TWO, THREE, FOUR, "lot-1"} & set(",".join(filter(None, seen.lines["trace_codes"])).split(","))


def boxes(scans: Scans | None, named: dict[str, str]) -> set[tuple[tuple[object, ...], ...]]:
    """For each box its scans, with the claims' names of the store."""
    assert scans is not None
    name_of = {seen: name for name, seen in named.items()}
    told = [
        (name_of[scans.claim_id[at]], *(int(getattr(scans, name)[at]) for name in NUMBERS)) for at in range(len(scans))
    ]
    return {
        tuple(one for one, code in zip(told, scans.trace_code.tolist(), strict=True) if code == box)
        for box in set(scans.trace_code.tolist())
    }
