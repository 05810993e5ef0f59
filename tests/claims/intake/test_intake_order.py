"""History is ordered by (known_at, claim id), and what was decided keeps its place."""

import pytest

from claims.errors import OutOfOrder


def known(claim_id: str, day: int) -> dict[str, str]:
    return {"setl_id": claim_id, "opt_time": f"2025-03-{day:02} 10:00:00", "psn_no": f"made-up-person-of-{claim_id}"}


def history(source) -> list[str]:
    return [row[0] for row in source.rows("SELECT claim_id FROM claims ORDER BY recorded_order")]


def decide(source, claim_id: str) -> None:
    with source.store.as_owner() as connection:
        connection.execute(
            "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen, "
            "feature_set, features, rule_hits, reasons, answer, is_batch, latency_microseconds) "
            "SELECT recorded_order, claim_id, '', 'pass', 0, '', '', '[]', '[]', '{}', false, 0 "
            "FROM claims WHERE claim_id = %s",
            [claim_id],
        )


def test_one_file_is_placed_by_known_at_and_claim_id(source):
    source.bring_in(source.settlements(known("B", 5), known("C", 3), known("A", 5)))
    assert history(source) == ["C", "A", "B"]


def test_an_older_month_that_comes_later_moves_the_newer_one_up(source):
    source.bring_in(source.settlements(known("A", 5), known("B", 9)))
    with source.store.as_owner() as connection:
        connection.execute("INSERT INTO feature_builds VALUES ('set', 2, 'somewhere')")
    result = source.bring_in(source.settlements(known("C", 6)))
    assert history(source) == ["A", "C", "B"]
    assert result.renumbered == 1
    assert source.rows("SELECT count(*) FROM feature_builds") == [(0,)]


@pytest.mark.parametrize("part", ["settlements", "lines"])
def test_packed_pasts_are_dropped_as_they_do_not_hold_what_came(source, part):
    source.bring_in(source.settlements(known("A", 5)))
    with source.store.as_owner() as connection:
        connection.execute("INSERT INTO patient_pasts VALUES ('p', '')")
    source.bring_in(source.settlements(known("B", 9)) if part == "settlements" else source.lines({"setl_id": "A"}))
    assert source.rows("SELECT count(*) FROM patient_pasts") == [(0,)]


def test_the_sequence_goes_on_above_every_claim(source):
    source.bring_in(source.settlements(known("A", 5), known("B", 9)))
    assert source.rows("SELECT nextval('recorded_order') > max(recorded_order) FROM claims") == [(True,)]


def test_a_claim_known_before_the_newest_decision_is_refused(source):
    source.bring_in(source.settlements(known("A", 5), known("B", 9)))
    decide(source, "A")
    with pytest.raises(OutOfOrder, match=r"1 claims were known before the newest decision.*2025-03-04 10:00"):
        source.bring_in(source.settlements(known("C", 4), known("D", 10)))
    assert history(source) == ["A", "B"]
    source.bring_in(source.settlements(known("D", 6)))
    assert history(source) == ["A", "D", "B"]


def test_asked_for_it_is_appended_and_marks_whom_it_affects(source):
    source.bring_in(source.settlements(known("A", 5), known("B", 9)))
    decide(source, "A")
    result = source.bring_in(source.settlements(known("C", 4), known("D", 10)), allow_backfill=True)
    assert history(source) == ["A", "B", "D", "C"]
    assert result.backfilled == 1
    affected = source.rows("SELECT a.entity_kind FROM affected_entities a ORDER BY 1")
    assert affected == [("institution",), ("patient",)]
    assert source.rows(
        "SELECT a.since_order = c.recorded_order FROM affected_entities a JOIN claims c ON c.patient_id = a.entity_id"
    ) == [(True,)]


def test_a_decided_claim_gets_no_more_lines(source):
    source.bring_in(source.settlements(known("S1", 5)), source.lines({}))
    decide(source, "S1")
    more = source.lines({}, {"feedetl_sn": "L2"})
    result = source.bring_in(more)
    assert (result.files[0].known, result.files[0].rejected) == (1, 1)
    assert source.bring_in(more, allow_backfill=True).files[0].taken == 1
    assert source.rows("SELECT count(*) FROM affected_entities") == [(3,)]


def test_a_claim_that_the_service_took_is_known_when_the_export_brings_it(source):
    source.bring_in(source.settlements(known("A", 5)))
    decide(source, "A")
    with source.store.as_owner() as connection:
        connection.execute("UPDATE claims SET known_at = settled_at, known_at_source = 'service', source = 'service'")
    result = source.bring_in(source.settlements(known("A", 5)))
    assert result.files[0].known == 1
