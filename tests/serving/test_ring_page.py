"""The picture and the page of a ring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
from fastapi.testclient import TestClient

from audit.cases import open_cases
from audit.ring_file import RingSwipe
from claims.store.connect import Store
from serving.web.meetings import MOST_CARDS, MOST_MEETINGS, draw_meetings
from tests.audit.made_claims import NOON
from tests.audit.test_ring_cases import CARDS, add_claim, add_ring, ring_alert
from tests.serving.bodies import Keys

START = datetime(2026, 1, 1, 4, tzinfo=UTC)


def a_swipe(card: str, day: int, place: str = "P1", fen: int = 1_000) -> RingSwipe:
    return RingSwipe(f"{card}-{day}-{place}", card, place, None, START + timedelta(days=day), fen)


def test_a_row_is_a_card_and_a_column_a_day_at_a_place() -> None:
    swipes = [a_swipe("a", 0), a_swipe("b", 0), a_swipe("a", 3, "P2"), a_swipe("b", 3, "P2"), a_swipe("a", 5)]
    picture = draw_meetings(swipes)
    assert picture is not None
    assert [column.says for column in picture.columns] == ["01-01", "01-04", "01-06"]
    assert [(card.name, card.meetings, card.paid_fen) for card in picture.cards] == [("a", 3, 3_000), ("b", 2, 2_000)]
    assert [(place.name, place.days) for place in picture.places] == [("P1", 2), ("P2", 1)]
    assert len(picture.squares) == 5
    assert all(square.x + 18 < picture.width and square.y + 16 < picture.height for square in picture.squares)


def test_too_many_cards_and_meetings_are_counted_and_not_drawn() -> None:
    swipes = [a_swipe(f"card-{number:02}", day) for number in range(MOST_CARDS + 2) for day in range(MOST_MEETINGS + 3)]
    picture = draw_meetings(swipes)
    assert picture is not None
    assert (picture.hidden_cards, picture.hidden_meetings) == (2, 3)
    assert len(picture.squares) == MOST_CARDS * MOST_MEETINGS
    assert draw_meetings([]) is None


def test_the_page_of_a_ring_shows_who_was_swiped_where_and_for_how_much(
    client: TestClient, keys: Keys, store: Store
) -> None:
    with store.as_owner() as connection:
        case_id = _ring_case(connection)
    client.post("/login", data={"key": keys.reviewer})
    for language, words in (
        ("zh", ("团伙", "4天同刷", "集中刷卡")),
        ("en", ("The ring", "4 joint days", "card collectors")),
    ):
        page = client.get(f"/cases/{case_id}?lang={language}", headers={"accept": "text/html"}).text
        assert all(word in page for word in words)
        assert all(card in page for card in CARDS)
        assert page.count('class="tone0" x=') == len(CARDS)
        assert "300.00" in page
    assert "ring-1" in client.get("/queue?kind=ring&view=all", headers={"accept": "text/html"}).text


def _ring_case(connection: psycopg.Connection) -> str:
    for card in CARDS:
        add_claim(connection, f"made-{card}", patient=card)
    add_claim(connection, "later-card-a", patient="card-a")
    add_ring(connection, "2026-01-02", CARDS)
    return open_cases(connection, [ring_alert("card-a")], NOON).case_of_claim["later-card-a"]
