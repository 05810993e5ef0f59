"""How many minutes the reviewers have on a day and how they are split: dated policy, read from YAML."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from claims.errors import BadSetting

POLICY_FILE = Path(__file__).parent / "policy" / "review_capacity.yaml"
SUBJECT_KINDS = ("patient", "doctor", "institution", "ring")
SATURDAY = 5


@dataclass(frozen=True)
class Capacity:
    """The reviewers' day. Minutes are reviewer minutes, shares lie between 0 and 1."""

    since: date
    minutes_per_day: float
    random_share: float
    most_share_one_institution: float
    kind_shares: dict[str, float]
    case_minutes: dict[str, float]
    minutes_per_evidence_claim: float
    deadline_working_days: int
    ageing_days: float
    ageing_factor: float

    @property
    def random_minutes(self) -> float:
        """Minutes of the day kept for the random draw."""
        return self.minutes_per_day * self.random_share

    @property
    def most_minutes_one_institution(self) -> float:
        """Minutes of the day that one institution's cases may take."""
        return self.minutes_per_day * self.most_share_one_institution

    def minutes_of(self, subject_kind: str, evidence_claims: int) -> float:
        """Reviewer minutes of one case with this many claims among its evidence."""
        return self.case_minutes[subject_kind] + self.minutes_per_evidence_claim * evidence_claims


def capacity_on(day: date, file: Path = POLICY_FILE) -> Capacity:
    """The capacity that holds on `day`.

    Raises:
        BadSetting: the file has no entry for the day, or an entry is malformed.
    """
    entries = [entry for entry in _entries(file) if entry.since <= day]
    if not entries:
        raise BadSetting(
            f"{file.name} holds no reviewer capacity for {day}. Expected an entry whose `since` is not later. Add one."
        )
    return max(entries, key=lambda entry: entry.since)


@cache
def _entries(file: Path) -> tuple[Capacity, ...]:
    raw: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        entries = tuple(Capacity(**entry) for entry in raw)
    except TypeError as error:
        raise BadSetting(
            f"{file.name} is malformed: {error}. Compare it with the fields of audit.capacity.Capacity."
        ) from None
    for entry in entries:
        _check(entry, file.name)
    return entries


def _check(entry: Capacity, name: str) -> None:
    shares = [entry.random_share, entry.most_share_one_institution, *entry.kind_shares.values()]
    complete = set(entry.kind_shares) == set(entry.case_minutes) == set(SUBJECT_KINDS)
    if not complete or not all(0 <= share <= 1 for share in shares) or sum(entry.kind_shares.values()) > 1.0001:
        raise BadSetting(
            f"The entry of {name} since {entry.since} is malformed. Expected shares between 0 and 1 for each of "
            f"{', '.join(SUBJECT_KINDS)} that sum to at most 1, and minutes for the same kinds. Correct the entry."
        )


def add_working_days(day: date, count: int) -> date:
    """The day `count` working days later; Monday to Friday, public holidays are not left out.

    So a deadline is never later than the one that also leaves out holidays.

    >>> add_working_days(date(2026, 1, 2), 1)
    datetime.date(2026, 1, 5)
    """
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
