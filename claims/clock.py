"""Moments and days: seconds since 1970 in UTC inside, the pooling area's wall clock at the edge."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeVar

from claims.tables import Array

AREA_OFFSET_SECONDS = 8 * 3600
"""Every pooling area of the country keeps UTC+8 without summer time (no change since 1991)."""

AREA_ZONE = timezone(timedelta(seconds=AREA_OFFSET_SECONDS))

HOUR, DAY = 3_600, 86_400
EPOCH = date(1970, 1, 1)

Moments = TypeVar("Moments", int, Array)
"""One moment or many, in seconds UTC."""


def to_moment(seconds: int) -> datetime:
    """The moment as an aware datetime in the area's clock."""
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone(AREA_ZONE)


def from_moment(moment: datetime) -> int:
    """Seconds since 1970 of a datetime; one without a zone is read as the area's wall clock.

    >>> from_moment(datetime(1970, 1, 1, 8, 0, 0))
    0
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=AREA_ZONE)
    return int(aware.timestamp())


def area_day(at: Moments) -> Moments:
    """The calendar day on the area's clock (days since 1970) of each moment.

    >>> area_day(16 * HOUR - 1), area_day(16 * HOUR)
    (0, 1)
    """
    return (at + AREA_OFFSET_SECONDS) // DAY


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def to_day(number: int) -> date:
    """The calendar day with this number."""
    return EPOCH + timedelta(days=number)


def start_of_day(day: date) -> int:
    """The second at which the day begins on the area's clock."""
    return day_number(day) * DAY - AREA_OFFSET_SECONDS
