"""S-FFSD transactions come in by their own mapping; a made-up excerpt of the same form."""

import pytest

from claims.clock import DAY, from_moment, to_moment
from claims.errors import BadMapping
from claims.intake.read_mapping import read_mapping

TRANSACTION = {
    "Time": "0",
    "Source": "S-MADE-UP-1",
    "Target": "T-MADE-UP-1",
    "Amount": "13.74",
    "Location": "L-MADE-UP-1",
    "Type": "TP-MADE-UP-1",
    "Labels": "2",
}


def import_rows(source, *changes):
    rows = [{**TRANSACTION, "Time": str(time), **change} for time, change in enumerate(changes)]
    return source.bring_in(source.write("S-FFSD.csv", *rows, quote='"'), mapping="s_ffsd")


def test_a_transaction_becomes_a_claim_without_lines(source):
    import_rows(source, {})
    assert source.rows(
        "SELECT claim_id, institution_id, till_id, care_category, total_fen, cash_fen, fund_fen FROM claims"
    ) == [("0", "T-MADE-UP-1", "L-MADE-UP-1", "TP-MADE-UP-1", 1374, 1374, 0)]
    assert source.rows("SELECT count(*) FROM lines") == source.rows("SELECT count(*) FROM institutions") == [(0,)]


def test_a_source_becomes_a_pseudonym(source):
    import_rows(source, {}, {"Source": "S-MADE-UP-2"}, {})
    assert source.rows("SELECT count(DISTINCT patient_id), bool_or(patient_id LIKE '%MADE%') FROM claims") == [
        (2, False)
    ]


def test_a_step_of_time_is_ten_minutes_and_keeps_the_order(source):
    import_rows(source, {}, {"Time": "144"}, {"Time": "1"})
    rows = source.rows(
        "SELECT claim_id, extract(epoch FROM settled_at)::bigint, known_at = settled_at FROM claims "
        "ORDER BY recorded_order"
    )
    begin = from_moment(to_moment(0).replace(year=2024, hour=0))
    assert rows == [("0", begin, True), ("1", begin + 600, True), ("144", begin + DAY, True)]


def test_only_a_labelled_transaction_has_a_verdict(source):
    import_rows(source, {"Labels": "0"}, {"Labels": "1"}, {"Labels": "2"})
    assert source.rows("SELECT claim_id, finding FROM verdicts ORDER BY 1") == [("0", "in_order"), ("1", "violating")]


@pytest.mark.parametrize(
    "change", [{"Time": "-1"}, {"Time": "1.5"}, {"Time": "99999999999"}, {"Amount": "-1"}, {"Labels": "3"}]
)
def test_what_cannot_be_read_is_rejected_with_its_line(source, change):
    result = import_rows(source, {}, {"Time": "7", **change})
    assert (result.files[0].taken, result.files[0].rejected) == (1, 1)
    assert "line 3" in result.first_reject


@pytest.mark.parametrize("layout", ["tick_seconds: 0", "tick_seconds: a day", 'ticks_begin: "2024-02-30"'])
def test_a_mapping_whose_ticks_mean_nothing_is_refused(tmp_path, layout):
    path = tmp_path / "own.yaml"
    path.write_text(f"format:\n  {layout}\nparts: {{}}\n".replace("{}", "{a: {files: [a], tables: {}}}"))
    with pytest.raises(BadMapping, match=r"ticks_begin|tick_seconds"):
        read_mapping(str(path))
