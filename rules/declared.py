"""What a rule declares, as plain values: its passport, its dated numbers, and which code checks it."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from claims.clock import to_day
from claims.errors import BadSetting
from rules.frame import Check, Rule
from rules.numbers import DatedNumber

Declared = Mapping[str, Any]
"""Plain values by name, ready for JSON; `numbers` holds for each number its unit and its values with their days."""


def declared(rule: Rule) -> dict[str, Any]:
    """All that decides what a rule finds and what becomes of it."""
    return {
        "name_zh": rule.name_zh,
        "name_en": rule.name_en,
        "category": rule.category,
        "grade": str(rule.grade),
        "stages": list(rule.stages),
        "since": rule.since.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "source": rule.source,
        "subject_kind": rule.subject_kind,
        "needs": list(rule.needs),
        "touches": sorted(rule.touches),
        "check": _code_of(rule.check),
        "numbers": {name: _number(number) for name, number in sorted(rule.numbers.items())},
    }


def fingerprint(rule: Rule) -> str:
    """SHA-256 of what the rule declares, 64 hexadecimal digits."""
    return fingerprint_of([rule.code, declared(rule)])


def fingerprint_of(content: object) -> str:
    """SHA-256 of plain values, whatever the order of their names."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def differences(old: Declared, new: Declared) -> list[tuple[str, Any, Any]]:
    """Name, old and new value of each part that differs; numbers one by one, as `numbers.<name>`.

    >>> differences({"grade": "definite", "numbers": {"days": 7}}, {"grade": "definite", "numbers": {"days": 9}})
    [('numbers.days', 7, 9)]
    """
    before, after = _flat(old), _flat(new)
    names = [*before, *(name for name in after if name not in before)]
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def with_numbers(rule: Rule, values: Mapping[str, int]) -> Rule:
    """The rule with other values of some of its numbers, on all days.

    Raises:
        BadSetting: the rule has no such number.
    """
    for name in values:
        if name not in rule.numbers:
            known = ", ".join(rule.numbers) or "none at all"
            raise BadSetting(
                f"The rule {rule.code} has no number {name[:60]!r}. Expected one of its own: {known}. "
                "Look it up with `yicha rules history CODE`."
            )
    changed = {
        name: replace(number, since=number.since[:1], values=np.array([values[name]]), sources=("tried out",))
        if name in values
        else number
        for name, number in rule.numbers.items()
    }
    return replace(rule, numbers=changed)


def _number(number: DatedNumber) -> dict[str, Any]:
    days = [to_day(day).isoformat() for day in number.since.tolist()]
    values = [list(value) for value in zip(days, number.values.tolist(), number.sources, strict=True)]
    return {"unit": number.unit, "values": values}


def _flat(content: Declared) -> dict[str, Any]:
    numbers = {f"numbers.{name}": value for name, value in content.get("numbers", {}).items()}
    return {name: value for name, value in content.items() if name != "numbers"} | numbers


def _code_of(check: Check) -> str:
    """The beginning of the SHA-256 of the file in which the check is written; of the check alone in a notebook."""
    file = getattr(sys.modules.get(check.__module__), "__file__", None)
    if file:
        return _hash_of_file(file)
    try:
        return hashlib.sha256(inspect.getsource(check).encode()).hexdigest()[:16]
    except (OSError, TypeError):  # typed into a console: nothing is left of its text
        return ""


@cache
def _hash_of_file(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
