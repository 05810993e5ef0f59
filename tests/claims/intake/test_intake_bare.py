"""Keys and indexes that an import takes off come back as they were, whatever happens; readers never wait for it."""

import pytest

from claims.intake import bare, merge

DEFINITIONS = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "UNION SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint "
    "ORDER BY 1"
)


@pytest.fixture
def stripped(monkeypatch) -> list[list[str]]:
    """The tables that imports stripped."""
    seen: list[list[str]] = []
    drop = bare.Bare._drop

    def noted(self: bare.Bare, names: list[str]) -> None:
        seen.append(names)
        drop(self, names)

    monkeypatch.setattr(bare.Bare, "_drop", noted)
    return seen


def test_all_keys_indexes_and_references_are_as_before(source, usual, stripped):
    before = source.rows(DEFINITIONS)
    source.bring_in(
        source.settlements({}), source.lines({}), source.write("SETL_LIST_DIAG_D.csv", usual["diagnosis"]())
    )
    assert stripped == [["claims", "lines", "diagnoses"]]
    assert source.rows(DEFINITIONS) == before


def test_a_table_that_gets_less_than_it_has_keeps_its_indexes(source, stripped):
    settlements = [{"setl_id": f"S{number}"} for number in range(1, 5)]
    source.bring_in(source.settlements(*settlements))
    before = source.rows(DEFINITIONS)
    source.bring_in(source.settlements({"setl_id": "S9"}), source.lines({}))
    assert stripped == [["claims"], ["lines"]]
    assert source.rows(DEFINITIONS) == before
    assert source.rows("SELECT count(*) FROM claims") == [(5,)]


def test_as_many_rows_as_there_are_come_in_beside_them(source, stripped):
    source.bring_in(source.settlements({}), source.lines({}))
    result = source.bring_in(source.settlements({}, {"setl_id": "S2"}), source.lines({}, {"feedetl_sn": "L2"}))
    assert stripped == [["claims", "lines"]] * 2
    assert [(file.taken, file.known) for file in result.files] == [(1, 1), (1, 1)]
    assert source.rows("SELECT line_id, line_number FROM lines ORDER BY 2") == [("L1", 1), ("L2", 2)]


def test_an_import_that_fails_leaves_keys_and_indexes(source, stripped, monkeypatch):
    before = source.rows(DEFINITIONS)
    monkeypatch.setattr(merge, "_count_lookups", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        source.bring_in(source.settlements({}))
    assert stripped
    assert source.rows(DEFINITIONS) == before
    assert source.rows("SELECT count(*) FROM claims") == [(0,)]


def test_nothing_is_taken_off_while_somebody_reads(source, stripped):
    with source.store.as_service() as reader:
        reader.execute("SELECT count(*) FROM lines")
        assert source.bring_in(source.settlements({})).files[0].taken == 1
    assert not stripped


def test_nothing_is_taken_off_once_something_was_decided(source, stripped):
    source.bring_in(source.settlements({}))
    with source.store.as_owner() as connection:
        connection.execute(
            "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen, "
            "feature_set, features, rule_hits, reasons, answer, is_batch, latency_microseconds) "
            "SELECT recorded_order, claim_id, '', 'pass', 0, '', '', '[]', '[]', '{}', false, 0 FROM claims"
        )
    later = {"setl_id": "S2", "opt_time": "2025-03-09 10:00:00"}
    assert source.bring_in(source.settlements(later)).files[0].taken == 1
    assert stripped == [["claims"]]


def test_the_planner_knows_what_came(source, usual):
    source.bring_in(
        source.settlements({}, {"setl_id": "S2"}),
        source.lines({}),
        source.write("SETL_LIST_DIAG_D.csv", usual["diagnosis"]()),
    )
    known = "SELECT DISTINCT tablename FROM pg_stats WHERE tablename IN ('claims', 'lines', 'diagnoses') ORDER BY 1"
    assert source.rows(known) == [("claims",), ("diagnoses",), ("lines",)]
