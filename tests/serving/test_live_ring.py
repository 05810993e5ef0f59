"""The third card of a known ring at a till shows to the reviewer as soon as it is settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.case_file import read_case_file
from audit.promotions import promote
from claims.store.connect import Store
from features.matrix import newest_build, read_matrix
from serving.advice import advise
from serving.desk import Desk
from serving.schemas import AdviceIn, SettlementIn
from serving.service import open_service
from tests.conftest import settings_in
from tests.features.known_ring import NIGHT, know_a_ring, moment
from tests.graphs.town import RESALE
from tests.serving.bodies import a_settlement
from tests.serving.whole_bundle import bundle_of

TEN = moment(NIGHT + 1, 10)


class AsTheyAre:
    """The town's persons have no other names."""

    def of(self, values: Sequence[str | None]) -> list[str | None]:
        """The values themselves."""
        return list(values)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    """Of a service in whose bundle nothing but rings holds a claim."""
    settings = settings_in(tmp_path)
    know_a_ring(store, tmp_path)
    with store.as_owner() as connection:
        bundle = bundle_of(*read_matrix(newest_build(connection, settings))[::4])
        promote(connection, settings, "claim", Path("made-up"), "made-up", "run", "1", "T-TEST", "for the test")
    only_rings = replace(bundle, review_probability=2.0, review_anomaly=2.0)
    service = open_service(settings, store, load=lambda *_: only_rings)
    yield replace(service.desk, pseudonyms=AsTheyAre(), clock=lambda: float(TEN + 600))
    service.close()


def body_of(card: str, at: int) -> dict[str, Any]:
    wall = datetime.fromtimestamp(at, tz=UTC).isoformat()
    body = a_settlement(f"S-{card}", wall, person_number=card, institution_id="shop-1", benefit_kind="personal_account")
    return {**body, "diagnoses": [], "lines": [{**body["lines"][0], "item_code": RESALE}]}


def meetings(answer: dict[str, Any]) -> list[str]:
    return [reason["en"] for reason in answer["reasons"] if reason["kind"] == "meeting"]


def test_the_third_card_within_minutes_says_so_to_till_and_reviewer(desk: Desk, store: Store) -> None:
    cards = ("card-00", "card-01", "card-02")
    first, second, third = (
        desk.decide([SettlementIn(**body_of(card, TEN + 120 * place))])[0] for place, card in enumerate(cards)
    )
    says = "other {} of the same ring settled there in the 15 minutes before, so this is card"
    assert meetings(first) == []
    assert meetings(second) == [f"Settled at till T1 at 10:02: 1 {says.format('card')} 2"]
    assert meetings(third) == [f"Settled at till T1 at 10:04: 2 {says.format('cards')} 3"]
    assert third["action"] == "review"
    with store.as_service() as connection:
        ((case_id,),) = connection.execute("SELECT case_id FROM cases WHERE subject_kind = 'ring'").fetchall()
        file = read_case_file(connection, case_id)
    said = {row.claim_id: [reason["en"] for reason in row.reason["reasons"]] for row in file.evidence}
    assert said["S-card-02"][1:] == meetings(third)
    assert not any("15 minutes" in reason["en"] for reason in file.case.reasons)


def test_who_asks_for_advice_hears_it_too(desk: Desk) -> None:
    desk.decide([SettlementIn(**body_of("card-00", TEN))])
    asked = AdviceIn(**body_of("card-01", TEN + 60), system_code="T-TEST", stage="pre_settlement", request_id="R1")
    assert len(meetings(advise(desk, asked))) == 1
