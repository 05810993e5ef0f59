"""The picture of a subject's past: one lane per place or person, one dot per settlement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from audit.answers import yuan
from audit.case_file import Swipe
from claims.clock import AREA_ZONE

WIDTH, LEFT, RIGHT, TOP, LANE_HEIGHT = 1_000, 190, 16, 30, 30
MOST_LANES, MOST_MEMBERS = 8, 20
"""More lanes than fit a screen hide the pattern; the rest share the last one. A ring shows its members."""

SMALLEST, LARGEST = 3.0, 11.0


@dataclass(frozen=True)
class Dot:
    """One settlement: place in the drawing, radius, and what it says when pointed at."""

    x: float
    y: float
    radius: float
    is_evidence: bool
    says: str


@dataclass(frozen=True)
class Lane:
    """One horizontal lane."""

    y: float
    name: str


@dataclass(frozen=True)
class Tick:
    """The first day of a month."""

    x: float
    says: str


@dataclass(frozen=True)
class Picture:
    """A drawing of `width` by `height` units."""

    width: int
    height: int
    left: int
    lanes: list[Lane]
    dots: list[Dot]
    ticks: list[Tick]


def draw_picture(swipes: Sequence[Swipe], others: str, most_lanes: int = MOST_LANES) -> Picture | None:
    """The picture of some settlements; None when there are none.

    Args:
        swipes: in any order.
        others: what the last lane is called when there are too many.
        most_lanes: lanes at most.
    """
    if not swipes:
        return None
    days = [_day(swipe.settled_at) for swipe in swipes]
    first, last = min(days) - timedelta(days=2), max(days) + timedelta(days=2)
    span = (last - first).days

    def x_of(moment: datetime) -> float:
        seconds = (
            moment.astimezone(AREA_ZONE).replace(tzinfo=None) - datetime.combine(first, datetime.min.time())
        ).total_seconds()
        return round(LEFT + (WIDTH - LEFT - RIGHT) * seconds / (span * 86_400), 1)

    lane_of, lanes = _lanes(swipes, others, most_lanes)
    most = max(max(swipe.total_fen for swipe in swipes), 1)
    ordered = sorted(swipes, key=lambda swipe: (swipe.is_evidence, -swipe.total_fen))
    dots = [
        Dot(
            x_of(swipe.settled_at),
            lanes[lane_of[swipe.lane]].y,
            round(SMALLEST + (LARGEST - SMALLEST) * (max(swipe.total_fen, 0) / most) ** 0.5, 1),
            swipe.is_evidence,
            f"{swipe.settled_at.astimezone(AREA_ZONE):%Y-%m-%d %H:%M} · {swipe.lane_name or swipe.lane} · "
            f"{yuan(swipe.total_fen)}",
        )
        for swipe in ordered
    ]
    ticks = [
        Tick(x_of(datetime.combine(day, datetime.min.time(), AREA_ZONE)), f"{day:%Y-%m}")
        for day in _months(first, last)
    ]
    return Picture(WIDTH, TOP + LANE_HEIGHT * len(lanes) + 8, LEFT, lanes, dots, ticks)


def _day(moment: datetime) -> date:
    return moment.astimezone(AREA_ZONE).date()


def _months(first: date, last: date) -> list[date]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if day.day == 1]


def _lanes(swipes: Sequence[Swipe], others: str, most: int) -> tuple[dict[str, int], list[Lane]]:
    """Each lane id's number, and the lanes: those with evidence first, then the busiest."""
    counts = Counter(swipe.lane for swipe in swipes)
    evident = {swipe.lane for swipe in swipes if swipe.is_evidence}
    order = sorted(counts, key=lambda lane: (lane not in evident, -counts[lane], lane))
    public = {swipe.lane: swipe.lane_name for swipe in swipes if swipe.lane_name}
    is_cut = len(order) > most
    own = order[: most - 1] if is_cut else order
    titles = [public.get(lane) or lane for lane in own] + ([f"{others} ({len(order) - len(own)})"] if is_cut else [])
    lane_of = {lane: min(place, len(titles) - 1) for place, lane in enumerate(order)}
    return lane_of, [Lane(TOP + LANE_HEIGHT * (place + 0.5), title[:14]) for place, title in enumerate(titles)]
