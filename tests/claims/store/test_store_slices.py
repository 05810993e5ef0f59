"""A block of claims read in big messages is what the rows say."""

from __future__ import annotations

import numpy as np
import pytest

from claims.batch import ClaimBatch
from claims.lazy import rows_with, texts_at
from claims.store import slices, sweep
from claims.store.batches import batch_of
from claims.store.columns import append, append_batch, read_batch
from claims.store.connect import Store
from claims.store.slices import Block, Listed, read_children_of, read_claims_of
from claims.store.sweep import sweep_children, sweep_claims, sweep_table
from claims.tables import CLAIMS, DIAGNOSES, LINES, PATIENTS
from tests.claims.store.test_store_columns import made_up, sound

ORDERS = [2, 3, 700, 5_000]


def claims_with_children() -> ClaimBatch:
    """Four claims, of which the second and the last have two lines and the third two diagnoses."""
    claims = {**sound(CLAIMS), "recorded_order": np.array(ORDERS)}
    claims["kind"][3] = "reversal"
    claims["reverses_claim_id"] = np.array([None, None, None, "id-0"], dtype=object)
    lines, diagnoses = made_up(LINES), made_up(DIAGNOSES)
    lines["claim_id"][:] = ["id-1", "id-1", "id-3", "id-3"]
    lines["line_number"] = np.array([1, 2, 1, 2])
    diagnoses["claim_id"][:] = ["id-0", "id-2", "id-2", "id-3"]
    diagnoses["sequence"] = np.array([1, 1, 2, 1])
    return ClaimBatch(claims, lines, diagnoses)


@pytest.mark.parametrize("in_a_slice", [1, 3, 100])
@pytest.mark.parametrize(
    "chosen", [Block(2, 5_000, 4), Block(3, 700, 2), Listed(np.array([700, 3])), Listed(np.array([9]))], ids=repr
)
def test_what_big_messages_bring_is_what_the_rows_say(
    store: Store, chosen: Block | Listed, in_a_slice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "CLAIMS_IN_A_SLICE", in_a_slice)
    with store.as_owner() as connection:
        append_batch(connection, claims_with_children())
        claims = read_claims_of(connection, CLAIMS, chosen)
        children = {table.name: read_children_of(connection, table, chosen) for table in (LINES, DIAGNOSES)}
        orders = range(chosen.first, chosen.last + 1) if isinstance(chosen, Block) else chosen.orders.tolist()
        listed = ", ".join(str(order) for order in ORDERS if order in orders) or "0"
        wanted = read_batch(connection, f"t.recorded_order IN ({listed})")
    found = batch_of(claims, children)
    for part in ("claims", "lines", "diagnoses"):
        for name, column in getattr(wanted, part).items():
            assert getattr(found, part)[name].tolist() == column.tolist(), (part, name)
            assert getattr(found, part)[name].dtype == column.dtype or not len(column), (part, name)


@pytest.mark.parametrize("in_a_message", [1, 1_000, 100_000])
@pytest.mark.parametrize("where", ["true", "{}.recorded_order > 2 AND {}.recorded_order < 5000", "{}.kind = 'none'"])
def test_a_sweep_brings_what_the_rows_say(
    store: Store, where: str, in_a_message: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "ORDERS_IN_A_MESSAGE", in_a_message)
    with store.as_owner() as connection:
        append_batch(connection, claims_with_children())  # not committed: a sweep sees what its transaction wrote
        claims = sweep_claims(connection, CLAIMS, where.replace("{}", "t"))
        children = {
            table.name: sweep_children(connection, table, where.replace("{}", "c")) for table in (LINES, DIAGNOSES)
        }
        wanted = read_batch(connection, where.replace("{}", "t"))
    found = batch_of(claims, children)
    for part in ("claims", "lines", "diagnoses"):
        for name, column in getattr(wanted, part).items():
            assert getattr(found, part)[name].tolist() == column.tolist(), (part, name)
    assert texts_at(found.claims, "claim_id", np.arange(len(found))) == wanted.claims["claim_id"].tolist()
    asked = {"id-0", "id-2", "nobody"}
    assert rows_with(found.claims, "claim_id", asked) == rows_with(wanted.claims, "claim_id", asked)


def test_a_swept_table_has_all_its_rows(store: Store) -> None:
    columns = sound(PATIENTS)
    with store.as_owner() as connection:
        append(connection, PATIENTS, columns)
        swept = sweep_table(connection, PATIENTS).sort_by("patient_id")
    assert {name: swept[name].to_pylist() for name in PATIENTS.names} == {
        name: column.tolist() for name, column in columns.items()
    }


def test_a_sweep_of_an_empty_store_is_empty(store: Store) -> None:
    with store.as_owner() as connection:
        assert sweep_claims(connection, CLAIMS, "true").num_rows == 0
        assert sweep_children(connection, LINES, "true").num_rows == 0
        assert sweep_table(connection, PATIENTS).num_rows == 0


def test_a_reversal_goes_where_the_doctor_of_its_original_is(store: Store) -> None:
    batch = claims_with_children()
    with store.as_owner() as connection:
        append_batch(connection, batch)
        subjects = read_claims_of(connection, CLAIMS, Block(2, 5_000, 4))[slices.SUBJECT_DOCTOR].to_pylist()
    doctors = batch.claims["doctor_id"].tolist()
    assert subjects == [*doctors[:3], doctors[0]]


@pytest.mark.parametrize("at", ["2025-03-01T10:00:00.4Z", "2025-03-01T10:00:00.5Z", "1969-12-31T23:59:58.5Z"])
def test_parts_of_a_second_are_rounded_as_the_server_does(store: Store, at: str) -> None:
    with store.as_owner() as connection:
        append_batch(connection, claims_with_children())
        connection.execute("UPDATE claims SET settled_at = %s", (at,))
        wanted = read_batch(connection).claims["settled_at"].tolist()
        assert read_claims_of(connection, CLAIMS, Block(2, 5_000, 4))["settled_at"].to_pylist() == wanted
