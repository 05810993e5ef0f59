"""Sawtooth windows: the head is exact up to the claim, the tail moves in hops of the area's clock."""

from dataclasses import dataclass
from functools import cache

from claims.clock import AREA_OFFSET_SECONDS, DAY, HOUR, Moments
from claims.tables import Array

MINUTE, WEEK = 60, 7 * DAY
FIRST_MONDAY = 4 * DAY
"""1970-01-05 was a Monday; week-long hops begin on Mondays of the area's clock."""

LONGEST = "400d"
"""No feature looks further back."""

LONGEST_BY_DAY = "31d"
"""Up to here windows move by the day, longer ones by the week."""

_SECONDS = {"m": MINUTE, "h": HOUR, "d": DAY}


@dataclass(frozen=True)
class Window:
    """A length of time before a claim and the hop in which its beginning moves, both in seconds."""

    length: int
    hop: int

    def start(self, at: Moments) -> Moments:
        """The first second inside the window of a claim settled at each of `at`."""
        return floor(at - self.length, self.hop)

    @property
    def days(self) -> int:
        """The length in whole days, at least one."""
        return max(1, self.length // DAY)


@cache
def window(over: str) -> Window:
    """The window called `over`: a number of minutes, hours or days such as `10m`, `1h` or `30d`.

    Minutes move by the minute; `0h` is the clock hour of the claim itself.

    >>> window("30d").hop == DAY, window("1h").hop == HOUR, window("60m").hop == MINUTE
    (True, True, True)
    """
    length = int(over[:-1]) * _SECONDS[over[-1]]
    if over.endswith("m"):
        return Window(length, MINUTE)
    return Window(length, HOUR if length <= DAY else DAY if length <= 31 * DAY else WEEK)


def longest_of(overs: set[str]) -> str | None:
    """The window that reaches furthest back, None without any."""
    return max(overs, key=lambda over: (window(over).length, over), default=None)


def floor(at: Moments, hop: int) -> Moments:
    """The start, in seconds UTC, of the hop that holds each moment, cut on the area's clock."""
    shift = shift_of(hop)
    return (at + shift) // hop * hop - shift


def shift_of(hop: int) -> int:
    """Seconds from the start of a hop of the area's clock to a multiple of the hop."""
    return AREA_OFFSET_SECONDS - (FIRST_MONDAY if hop == WEEK else 0)


def local_hour(at: Array) -> Array:
    """The hour of the area's clock, 0 to 23."""
    return (at + AREA_OFFSET_SECONDS) % DAY // HOUR
