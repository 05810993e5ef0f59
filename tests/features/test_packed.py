"""A patient's past packed as bytes is the past itself, whatever is added to it and however it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import psycopg
import pytest

from claims.batch import ClaimBatch, select
from claims.store.columns import append_batch
from claims.store.connect import Store
from claims.tables import MISSING, PAST_LINES, Array, Columns
from features import long_pasts, pasts
from features.context import NEWEST, look_back, read_context
from features.online import draw_orders, lock_entities, serve
from features.packed import grown, pack, unpack
from features.pasts import History, write_pasts
from tests.features.made import Line, Made, batch_of
from tests.features.streams import random_stream


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as made:
        yield made


def settle(connection: psycopg.Connection, batch: ClaimBatch) -> ClaimBatch:
    """Serve and store claims as the service does, without the commit."""
    lock_entities(connection, batch)
    batch = replace(batch, claims={**batch.claims, "recorded_order": draw_orders(connection, len(batch))})
    serve(connection, batch, read_context(connection, batch))
    append_batch(connection, batch)
    return batch


def asking(patient: str, at: str | int = "2027-01-01T00:00") -> ClaimBatch:
    return batch_of([Made("asking", at, NEWEST, patient)])


def past_of(connection: psycopg.Connection, asked: ClaimBatch, *, packed: bool) -> ClaimBatch:
    """The history that a claim is judged with, from the packed past or from the claims themselves."""
    with connection.transaction(force_rollback=True):
        if not packed:
            connection.execute("DELETE FROM patient_pasts")
        history = read_context(connection, asked).history
        assert isinstance(history, History)
        assert bool(history.pasts) is packed
        return select(history, np.flatnonzero(history.claims["settled_at"] >= look_back(asked)))


def assert_same(one: ClaimBatch, other: ClaimBatch) -> None:
    for columns, wanted in zip(tables(one), tables(other), strict=True):
        assert columns.keys() == wanted.keys()
        for name in wanted:
            assert columns[name].dtype == wanted[name].dtype, name
            assert columns[name].tolist() == wanted[name].tolist(), name


def tables(batch: ClaimBatch) -> tuple[Columns, Columns, Columns]:
    """What a past keeps of each table."""
    kept = {"claim_index", *PAST_LINES.names}
    return batch.claims, {name: batch.lines[name] for name in batch.lines if name in kept}, batch.diagnoses


def unpacked(packed: bytes) -> ClaimBatch:
    past = unpack(packed)
    assert past is not None
    return past.batch


@pytest.mark.parametrize("seed", range(6))
def test_a_packed_past_unpacks_to_the_same_columns_however_it_was_cut(seed: int) -> None:
    whole = batch_of(random_stream(seed, 60))
    cuts = [0, *sorted(np.random.default_rng(seed).integers(0, 60, 4).tolist()), 60]
    parts = [select(whole, np.arange(first, last)) for first, last in pairwise(cuts)]
    packed = pack(parts[0], 0)
    for part in parts[1:]:
        past = unpack(packed)
        assert past is not None
        packed = grown(past, part, 0)
    assert_same(unpacked(packed), whole)
    assert_same(unpacked(pack(whole, 0)), whole)


@pytest.mark.parametrize(
    "values",
    [[0], [MISSING], [MISSING, 5], [-3, 251], [-3, 252], [0, 254, MISSING], [0, 255, MISSING],
     [1 << 40, -(1 << 62), MISSING], [1 << 62, -(1 << 62)], [7, 7, 7], [1 << 32, (2 << 32) - 2, MISSING]],
)  # fmt: skip
def test_whole_numbers_of_any_span_survive(values: list[int]) -> None:
    batch = batch_of([Made(f"c{row}", "2025-01-01T00:00", row, balance=None) for row in range(len(values))])
    batch = replace(batch, claims={**batch.claims, "account_balance_fen": np.array(values, dtype=np.int64)})
    assert unpacked(pack(batch, 0)).claims["account_balance_fen"].tolist() == values


@pytest.mark.parametrize("texts", [[""], [None], ["", None], ["a"] * 300, [f"药{n}" for n in range(300)],
                                   [f"{n % 260}" for n in range(900)], [None, *"abcdef"], ["", "", "x"]])  # fmt: skip
@pytest.mark.parametrize("more", [[], [None], ["", "新"]])
def test_texts_of_any_kind_survive(texts: list[str | None], more: list[str | None]) -> None:
    every = [*texts, *more]
    batch = batch_of([Made(f"c{row}", "2025-01-01T00:00", row) for row in range(len(every))])
    column: Array = np.empty(len(every), dtype=object)
    column[:] = every
    batch = replace(batch, claims={**batch.claims, "visit_id": column})
    past = unpack(pack(select(batch, np.arange(len(texts))), 0))
    assert past is not None
    assert past.batch.claims["visit_id"].tolist() == texts
    rest = select(batch, np.arange(len(texts), len(every)))
    assert unpacked(grown(past, rest, 0)).claims["visit_id"].tolist() == every


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (2, 1), (3, 3), (4, 7)])
def test_what_settlements_packed_is_what_the_claims_say(connection: psycopg.Connection, seed: int, size: int) -> None:
    settle_and_compare(connection, seed, size)


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (5, 1), (3, 3)])
def test_what_settlements_added_is_what_the_claims_say(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, seed: int, size: int
) -> None:
    continued: list[int] = []
    plain = pasts.continued
    monkeypatch.setattr(pasts, "ADDED", 1)
    monkeypatch.setattr(pasts, "continued", lambda past, added: continued.append(len(added)) or plain(past, added))
    settle_and_compare(connection, seed, size)
    assert continued


def settle_and_compare(connection: psycopg.Connection, seed: int, size: int) -> None:
    whole = batch_of(_of_one_person(random_stream(seed, 60, disorder=0.3)))
    for first in range(0, len(whole), size):
        settle(connection, select(whole, np.arange(first, min(first + size, len(whole)))))
    newest = int(np.minimum(whole.claims["settled_at"], whole.claims["known_at"]).max())
    for patient in sorted(set(whole.claims["patient_id"].tolist())):
        for asked in (asking(patient, newest), asking(patient, newest + 200 * 86_400)):
            assert_same(past_of(connection, asked, packed=True), past_of(connection, asked, packed=False))


def _of_one_person(stream: list[Made]) -> list[Made]:
    """Without reversals of somebody else's settlement, which the service refuses."""
    patient_of = {made.id: made.patient for made in stream}
    return [made for made in stream if patient_of.get(made.reverses or "", made.patient) == made.patient]


def test_a_reversal_keeps_its_old_original_and_a_settlement_the_reversal_that_overtook_it(
    connection: psycopg.Connection,
) -> None:
    lines = [Line(line_id="l1")]
    made = [
        Made("old", "2024-01-01T10:00", 0, lines=lines),
        Made("r1", "2025-06-01T10:00", 0, total=-1_000, reverses="old"),
        Made("r2", "2024-01-02T10:00", 0, total=-1_000, reverses="late"),
        Made("late", "2025-06-02T10:00", 0, lines=lines),
    ]
    for one in made:
        settle(connection, batch_of([one]))
    history = read_context(connection, asking("p1", "2025-06-03T10:00")).history
    assert history.claims["claim_id"].tolist() == ["old", "r1", "r2", "late"]


def test_a_late_upload_sees_further_back_than_the_past_was_kept(connection: psycopg.Connection) -> None:
    for order in range(80):
        settle(connection, batch_of([Made(f"c{order}", f"2023-01-{1 + order // 4:02d}T10:00", 0)]))
    settle(connection, batch_of([Made("new", "2025-01-01T10:00", 0)]))
    assert len(read_context(connection, asking("p1", "2025-01-02T10:00")).history) == 1, "cut back"
    late = read_context(connection, asking("p1", "2023-02-01T10:00")).history
    assert late.claims["claim_id"].tolist() == [*(f"c{order}" for order in range(80)), "new"]


def test_a_settlement_that_was_taken_back_leaves_no_trace(connection: psycopg.Connection) -> None:
    settle(connection, batch_of([Made("kept", "2025-01-01T10:00", 0)]))
    connection.commit()
    settle(connection, batch_of([Made("lost", "2025-01-02T10:00", 0)]))
    connection.rollback()
    assert read_context(connection, asking("p1", "2025-01-03T10:00")).history.claims["claim_id"].tolist() == ["kept"]


def test_a_past_of_another_version_is_read_again(connection: psycopg.Connection) -> None:
    settle(connection, batch_of([Made("a", "2025-01-01T10:00", 0)]))
    connection.execute("UPDATE patient_pasts SET packed = set_byte(packed, 2, 250)")
    history = read_context(connection, asking("p1", "2025-01-03T10:00")).history
    assert isinstance(history, History)
    assert (list(history.pasts), len(history)) == ([], 1)


def test_claims_that_were_added_to_a_past_that_was_replaced_are_read_again(connection: psycopg.Connection) -> None:
    made = [Made(f"c{order}", f"2025-01-{1 + order // 2:02d}T1{order % 2}:00", 0) for order in range(33)]
    packed = [settle(connection, batch_of([one])) and _packed(connection) for one in made]
    (_, added), (replaced, _) = packed[-1], packed[0]
    assert added, "the last claims stand beside the others"
    asked = asking("p1", "2025-01-31T10:00")
    assert len(past_of(connection, asked, packed=True)) == 33
    connection.execute("UPDATE patient_pasts SET packed = %s", (replaced,))
    assert read_context(connection, asked).history.claims["claim_id"].tolist() == [one.id for one in made]


def _packed(connection: psycopg.Connection) -> tuple[bytes, bytes | None]:
    ((packed, added),) = connection.execute("SELECT packed, added FROM patient_pasts").fetchall()
    return packed, added


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_what_a_build_packs_is_what_the_claims_say(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(long_pasts, "LONG_PAST", 3)
    whole = batch_of([replace(made, known=None) for made in random_stream(seed, 80, disorder=0.0)])
    append_batch(connection, whole)
    packed = dict(long_pasts.pack_long(connection, whole.claims, long_pasts.newest_window(connection)))
    write_pasts(connection, packed)
    assert packed
    newest = int(np.minimum(whole.claims["settled_at"], whole.claims["known_at"]).max())
    for patient in packed:
        asked = asking(patient, newest)
        assert_same(past_of(connection, asked, packed=True), past_of(connection, asked, packed=False))
