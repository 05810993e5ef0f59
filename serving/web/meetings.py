"""The picture of a ring: one row per card, one column per meeting, a square where the card was swiped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from audit.answers import yuan
from audit.ring_file import RingSwipe
from claims.clock import AREA_ZONE
from serving.web.pages import short

LEFT, TOP, CELL, ROW, SUM_WIDTH = 128, 52, 22, 21, 96
MOST_CARDS, MOST_MEETINGS = 24, 48
"""What still can be taken in at a glance; the busiest cards and the newest meetings are shown."""

TONES = 6
"""Places with a colour of their own; the others share the last one."""


@dataclass(frozen=True)
class Square:
    """One card at one meeting, and what it says when pointed at."""

    x: int
    y: int
    tone: int
    says: str


@dataclass(frozen=True)
class Column:
    """One meeting: a day at a place."""

    x: int
    says: str


@dataclass(frozen=True)
class Card:
    """One row: the card, and what was paid for it at all these meetings."""

    y: int
    name: str
    patient_id: str
    paid_fen: int
    meetings: int


@dataclass(frozen=True)
class Place:
    """One entry of the legend."""

    tone: int
    name: str
    days: int


@dataclass(frozen=True)
class Meetings:
    """A drawing of `width` by `height` pixels; `hidden_cards` and `hidden_meetings` did not fit."""

    width: int
    height: int
    sums_at: int
    cards: list[Card]
    columns: list[Column]
    squares: list[Square]
    places: list[Place]
    hidden_cards: int
    hidden_meetings: int


def draw_meetings(swipes: Sequence[RingSwipe]) -> Meetings | None:
    """The picture of the settlements that made a ring; None when there are none."""
    if not swipes:
        return None
    meetings = sorted({(_day(swipe), swipe.institution_id) for swipe in swipes})
    shown = {meeting: place for place, meeting in enumerate(meetings[-MOST_MEETINGS:])}
    cards = _cards(swipes)
    row_of = {card.patient_id: card for card in cards[:MOST_CARDS]}
    tones = _tones(meetings)
    names = {swipe.institution_id: swipe.institution_name or swipe.institution_id for swipe in swipes}
    width = LEFT + CELL * len(shown) + SUM_WIDTH
    return Meetings(
        width=width,
        height=TOP + ROW * len(row_of) + 6,
        sums_at=width - 8,
        cards=cards[:MOST_CARDS],
        columns=[Column(LEFT + CELL * place, f"{day:%m-%d}") for (day, _), place in shown.items()],
        squares=[
            Square(
                LEFT + CELL * shown[_day(swipe), swipe.institution_id],
                row_of[swipe.patient_id].y,
                tones[swipe.institution_id],
                f"{swipe.settled_at.astimezone(AREA_ZONE):%Y-%m-%d %H:%M} · {names[swipe.institution_id]} · "
                f"{short(swipe.patient_id)} · {yuan(swipe.paid_fen)}",
            )
            for swipe in swipes
            if swipe.patient_id in row_of and (_day(swipe), swipe.institution_id) in shown
        ],
        places=[
            Place(tone, names[institution], sum(place == institution for _, place in meetings))
            for institution, tone in tones.items()
        ],
        hidden_cards=len(cards) - len(row_of),
        hidden_meetings=len(meetings) - len(shown),
    )


def _day(swipe: RingSwipe) -> date:
    return swipe.settled_at.astimezone(AREA_ZONE).date()


def _cards(swipes: Sequence[RingSwipe]) -> list[Card]:
    """The cards, those at most meetings first."""
    met = Counter(patient for patient, _, _ in {(s.patient_id, _day(s), s.institution_id) for s in swipes})
    paid: Counter[str] = Counter()
    for swipe in swipes:
        paid[swipe.patient_id] += swipe.paid_fen
    order = sorted(met, key=lambda patient: (-met[patient], -paid[patient], patient))
    return [
        Card(TOP + ROW * place, short(patient), patient, paid[patient], met[patient])
        for place, patient in enumerate(order)
    ]


def _tones(meetings: Sequence[tuple[date, str]]) -> dict[str, int]:
    """A colour number for each place, the busiest first."""
    busy = Counter(institution for _, institution in meetings)
    order = sorted(busy, key=lambda institution: (-busy[institution], institution))
    return {institution: min(place, TONES - 1) for place, institution in enumerate(order)}
