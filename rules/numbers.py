"""Reads the dated numbers of a rule, so that an old claim is judged by the numbers of its own day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from propcache.api import cached_property

from claims.clock import day_number
from claims.errors import BadSetting
from claims.masks import is_any
from claims.tables import Array

FOLDER = Path(__file__).parent / "policy"


@dataclass(frozen=True)
class DatedNumber:
    """One number and its history.

    Attributes:
        unit: what it counts.
        since: first days in force (days since 1970), rising, s values.
        values: the numbers, s values.
        sources: the text that set each.
    """

    unit: str
    since: Array
    values: Array
    sources: tuple[str, ...]

    @cached_property
    def least(self) -> int:
        """The least of its values."""
        return int(self.values.min())

    def on(self, days: Array) -> Array:
        """The number in force on each day (n,) -> (n,); days before the first have its first value."""
        if len(self.values) == 1:
            return self.values.repeat(len(days))
        return np.asarray(self.values[np.maximum(np.searchsorted(self.since, days, side="right") - 1, 0)])


Numbers = Mapping[str, DatedNumber]


def read_numbers(name: str, folder: Path = FOLDER) -> Numbers:
    """The numbers in `<name>.yaml`.

    Raises:
        BadSetting: the file is missing, or a number lacks its unit, dates, or source.
    """
    path = folder / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadSetting(
            f"The policy numbers {path.name} cannot be read ({type(error).__name__}). Expected a YAML file in "
            "rules/policy. Restore or correct the file."
        ) from error
    return parse_numbers(content, path.name)


def parse_numbers(content: Any, file_name: str) -> Numbers:
    """Numbers from `{name: {unit, values: [{since, value, source}, ...]}}`.

    Raises:
        BadSetting: the shape is another, or the dates do not rise.
    """
    try:
        return {name: _dated(entry["unit"], entry["values"]) for name, entry in content.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadSetting(
            f"The policy numbers {file_name} are malformed ({error}). Expected for each number a unit and values with "
            "rising 'since' dates, a whole 'value', and a 'source'. Correct the file."
        ) from error


def _dated(unit: str, entries: list[dict[str, Any]]) -> DatedNumber:
    since = np.array([_day(entry["since"]) for entry in entries], dtype=np.int64)
    values = [entry["value"] for entry in entries]
    if not entries or is_any(np.diff(since) <= 0) or any(type(value) is not int for value in values):
        raise ValueError("values are missing, not whole, or out of order")
    sources = tuple(str(entry["source"]) for entry in entries)
    return DatedNumber(str(unit), since, np.array(values, dtype=np.int64), sources)


def _day(value: object) -> int:
    if not isinstance(value, date):
        raise TypeError(f"since {value!r} is not a date")
    return day_number(value)
