"""When people come: seasons, festivals, weekdays, paydays and hours of the day.

Inside the city a moment is a second of the area's wall clock: day number x 86,400 + second of the day.
"""

from __future__ import annotations

import numpy as np

from claims.city.dice import pick
from claims.city.plan import CityPlan
from claims.clock import DAY, HOUR, day_number, to_day
from claims.tables import Array

# First day of the year in the old calendar, when hospitals are empty for a week and people stock up before.
SPRING_FESTIVALS = {2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6)}

CLINIC_HOURS = np.array([0] * 7 + [6, 14, 16, 14, 8, 2, 5, 11, 11, 7, 3, 1] + [0] * 5, dtype=np.float64)
SHOP_HOURS = np.array([0] * 7 + [2, 6, 9, 10, 7, 4, 4, 6, 7, 7, 9, 12, 11, 8, 3, 0, 0], dtype=np.float64)
ALL_HOURS = np.array([3, 2, 2, 2, 2, 3, 4, 5, 6, 6, 6, 5, 5, 5, 5, 5, 5, 6, 7, 8, 8, 7, 6, 4], dtype=np.float64)
MORNING_HOURS = np.array([0] * 7 + [2, 10, 8, 3] + [0] * 13, dtype=np.float64)


def weekdays(days: Array) -> Array:
    """Weekday of each day number: Monday is 0."""
    return (days + 3) % 7


def festival_days(plan: CityPlan) -> Array:
    """Day numbers of the Spring Festivals in and around the period."""
    years = range(plan.first_day.year, plan.last_day.year + 2)
    return np.array([day_number(plan.first_day.replace(year=y, month=m, day=d)) for y, m, d in _festivals(years)])


def _festivals(years: range) -> list[tuple[int, int, int]]:
    return [(year, *SPRING_FESTIVALS.get(year, (2, 5))) for year in years]


def day_weights(plan: CityPlan, winter: float = 0.0, weekend: float = 1.0, payday: float = 0.0) -> Array:
    """How busy each day of the period is.

    Args:
        plan: the period.
        winter: how much busier the middle of January is than the yearly mean (0.7 = 70% more).
        weekend: Saturdays and Sundays as a multiple of other days.
        payday: how much busier the days after the 10th are, when personal accounts are filled.

    Returns:
        One weight a day, all above zero.
    """
    days = plan.first + np.arange(plan.days)
    dates = [to_day(int(day)) for day in days]
    of_year = np.array([date.timetuple().tm_yday for date in dates])
    of_month = np.array([date.day for date in dates])
    weights = 1 + winter * np.cos(2 * np.pi * (of_year - 15) / 365.25)
    weights *= np.where(weekdays(days) >= 5, weekend, np.where(weekdays(days) == 0, 1.15, 1.0))
    weights *= 1 + payday * np.exp(-np.abs(of_month - 12) / 3.0)
    for festival in festival_days(plan):
        weights[(days >= festival - 1) & (days < festival + 6)] *= 0.35
        weights[(days >= festival - 14) & (days < festival - 1)] *= 1.15
    return np.asarray(np.maximum(weights, 0.02))


def days_of(rng: np.random.Generator, plan: CityPlan, size: int, weights: Array) -> Array:
    """`size` day numbers drawn by weight."""
    return plan.first + pick(rng, size, weights)


def at_hours(rng: np.random.Generator, days: Array, hours: Array) -> Array:
    """Moments on the given days, at a time of day drawn from 24 hourly weights."""
    return np.asarray(days * DAY + pick(rng, len(days), hours) * HOUR + rng.integers(0, HOUR, len(days)))


def off_weekends(rng: np.random.Generator, days: Array, share: float = 0.75) -> Array:
    """Days with most Saturdays and Sundays moved to the next Monday."""
    late = weekdays(days) >= 5
    move = late & (rng.random(len(days)) < share)
    return np.where(move, days + 7 - weekdays(days), days)
