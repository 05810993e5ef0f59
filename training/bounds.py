"""The bounds that promotion and watch keep to: our values, and those that an area sets in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from claims.errors import BadSetting
from claims.settings import Settings

POLICY_FILE = Path(__file__).parent / "policy" / "bounds.yaml"


@dataclass(frozen=True)
class Bounds:
    """One value for each line of `training/policy/bounds.yaml`, which says what it means."""

    four_eyes: bool
    interval: float
    least_per_class: int
    most_wrongful_stop_share: float
    least_judged_in_group: int
    most_lost_columns_share: float
    watch_days: int
    reference_days: int
    least_decisions: int
    most_stability_index: float
    most_drifting_columns_share: float
    most_calibration_gap: float
    least_queue_precision: float
    prevalence_half_width: float
    shadow_days: int


SHARES = (
    "interval",
    "most_wrongful_stop_share",
    "most_lost_columns_share",
    "most_drifting_columns_share",
    "most_calibration_gap",
    "least_queue_precision",
    "prevalence_half_width",
)
"""Those that lie between 0 and 1."""


def bounds_of(settings: Settings) -> Bounds:
    """The bounds of an installation.

    Raises:
        BadSetting: its file cannot be read, names a bound that there is not, or gives a value that cannot be.
    """
    own = {} if settings.learning_bounds is None else _read(settings.learning_bounds)
    return checked({**_read(POLICY_FILE), **own}, (settings.learning_bounds or POLICY_FILE).name)


def checked(values: dict[str, Any], file: str) -> Bounds:
    """The bounds of these values.

    Raises:
        BadSetting: one is unknown, missing, or cannot be.
    """
    kinds = {field.name: field.type for field in fields(Bounds)}
    for name, value in values.items():
        if name not in kinds:
            raise _bad(file, name, f"one of {', '.join(kinds)}")
        if kinds[name] == "bool":
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
            fits = fits and (kinds[name] != "int" or isinstance(value, int)) and (name not in SHARES or value < 1)
        if not fits:
            kind = {"bool": "true or false", "int": "a whole number above 0"}.get(str(kinds[name]), "a number above 0")
            raise _bad(file, f"{name}: {value}", kind + (" and below 1" if name in SHARES else ""))
    return Bounds(**values)


def _read(file: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSetting(
            f"The file of bounds {file.name} cannot be read ({type(error).__name__}). Expected YAML in UTF-8 with "
            "lines `name: value`. Correct it, or the path in YICHA_LEARNING_BOUNDS."
        ) from error
    if not isinstance(raw, dict):
        raise _bad(file.name, type(raw).__name__, "lines `name: value`")
    return raw


def _bad(file: str, what: str, expected: str) -> BadSetting:
    return BadSetting(f"{file} holds {what!r}. Expected {expected}. Correct the line, or leave it out.")
