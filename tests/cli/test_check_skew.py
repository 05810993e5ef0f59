"""`yicha features check-skew` says which claims and features differ, and ends accordingly."""

from __future__ import annotations

import pytest

from claims.store.connect import Store
from tests.cli.conftest import CommandLine
from tests.features.made import Made
from tests.features.recorded import record

CHECK = ("features", "check-skew", "--from", "2025-03-01", "--to", "2025-03-02")


@pytest.fixture
def served(store: Store) -> None:
    """Three settlements, served and decided on the first three days of March."""
    with store.as_owner() as connection:
        for order, name in enumerate(("s1", "s2", "s3"), 1):
            record(connection, Made(name, f"2025-03-{order:02d}T10:00", order, patient="P-PSEUDONYM"))


@pytest.mark.usefixtures("served")
def test_equal_columns_end_well_and_say_which_days_they_cover(yicha: CommandLine) -> None:
    said = yicha.does(*CHECK)
    assert "from 2025-03-01 to 2025-03-02, both days included" in said
    assert "matched 2, mismatched 0, missing 0, extra 0" in said


@pytest.mark.usefixtures("served")
def test_every_kind_of_difference_names_its_claim_and_no_person(store: Store, yicha: CommandLine) -> None:
    with store.as_owner() as connection:
        connection.execute("UPDATE decisions SET features = set_byte(features, 7, 64) WHERE claim_id = 's2'")
        connection.execute("UPDATE decisions SET feature_set = 'another' WHERE claim_id = 's1'")
        connection.execute("DELETE FROM decisions WHERE claim_id = 's3'")
    outcome = yicha(*CHECK[:-1], "2025-03-03")
    assert outcome.code == 1
    assert "matched 0, mismatched 1, missing 1, extra 1" in outcome.out
    assert "claim s2: patient_claims_count_1d served" in outcome.out
    assert "claim s1: decided, but not stored or served by another feature set" in outcome.out
    assert "claim s3: settled by the service, but no decision is recorded" in outcome.out
    assert "P-PSEUDONYM" not in outcome.out + outcome.err


def test_a_period_that_ends_before_it_begins_is_refused(yicha: CommandLine) -> None:
    assert "--to" in yicha.refuses("features", "check-skew", "--from", "2025-03-02", "--to", "2025-03-01")
