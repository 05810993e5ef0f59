"""What is asked of a made-up city, and how much goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from claims.clock import day_number
from claims.errors import BadSetting

DEFAULT_LAST_DAY = date(2025, 12, 31)


@dataclass(frozen=True)
class Rates:
    """How much goes wrong, as shares.

    Attributes:
        ant_movers: persons who over-buy for resale.
        collected_cards: persons whose card lies with a collector.
        crooked_pharmacies: pharmacies that swipe without a customer.
        tour_drawers: persons whom a buyer sends out to draw drugs.
        steered_patients: persons whom a doctor and a pharmacy share.
        stay_members: persons who are taken to hospital together, again and again.
        price, sex_or_age, duplicate, unregistered: claims with such an honest mistake by the institution.
    """

    ant_movers: float
    collected_cards: float
    crooked_pharmacies: float
    tour_drawers: float
    steered_patients: float
    stay_members: float
    price: float = 0.006
    sex_or_age: float = 0.003
    duplicate: float = 0.003
    unregistered: float = 0.004


RATES = {
    "realistic": Rates(
        ant_movers=0.0007,
        collected_cards=0.0010,
        crooked_pharmacies=0.02,
        tour_drawers=0.0003,
        steered_patients=0.0003,
        stay_members=0.0003,
    ),
    # Ten times the persons, so that a city for a demonstration holds enough rings to learn from.
    "dense": Rates(
        ant_movers=0.007,
        collected_cards=0.010,
        crooked_pharmacies=0.15,
        tour_drawers=0.003,
        steered_patients=0.003,
        stay_members=0.003,
    ),
}


@dataclass(frozen=True)
class CityPlan:
    """The knobs of a city; equal plans make equal bytes.

    Attributes:
        insured: number of insured persons.
        months: length of the period.
        rates: a name in `RATES`.
        seed: where the random streams start.
        last_day: last day of the period.
        live_days: how many of the last days are set apart as what a settlement system will send.
        least_rings: groups of each kind that there are at least, whatever the rates: for judging what finds them.
        evasion: how hard card collectors try not to be seen, 0 to 4.
        late_scheme: name of a scheme that nobody carries out before the last `late_months`: for judging what finds
            the unknown.
        late_months: how long it is carried out; of no meaning without it.

    Raises:
        BadSetting: a knob is outside what a city can be made of.
    """

    insured: int = 20_000
    months: int = 18
    rates: str = "dense"
    seed: int = 1
    last_day: date = DEFAULT_LAST_DAY
    live_days: int = 0
    least_rings: int = 0
    evasion: int = 0
    late_scheme: str = ""
    late_months: int = 4

    def __post_init__(self) -> None:
        _between("the number of insured persons", self.insured, 500, 10_000_000)
        _between("the number of months", self.months, 1, 120)
        _between("the seed", self.seed, 0, 2**31 - 1)
        _between("the last day's year", self.last_day.year, 2000, 2100)
        if self.rates not in RATES:
            raise BadSetting(
                f"There are no rates called {self.rates!r}. Expected one of {', '.join(RATES)}. Choose one of them."
            )
        _between("the number of live days", self.live_days, 0, self.days - 1)
        _between("the least number of rings", self.least_rings, 0, 1_000)
        _between("the strength of evasion", self.evasion, 0, 4)
        if self.late_scheme:
            _between("the number of months of a late scheme", self.late_months, 1, self.months)

    @property
    def first_day(self) -> date:
        """First day of the period."""
        after = self.last_day + timedelta(days=1)
        month = after.year * 12 + after.month - 1 - self.months
        return date(month // 12, month % 12 + 1, min(after.day, 28))

    @property
    def first(self) -> int:
        """Number of the first day (days since 1970-01-01)."""
        return day_number(self.first_day)

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return day_number(self.last_day) - self.first + 1

    @property
    def years(self) -> float:
        """Length of the period in years."""
        return self.days / 365.25

    @property
    def wrongs(self) -> Rates:
        """The shares that go wrong."""
        return RATES[self.rates]


def _between(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadSetting(
            f"A city cannot be made: {what} is {value}. Expected a number from {least} to {most}. Give another one."
        )
