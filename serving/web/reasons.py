"""Reasons as a page lists them: the findings of one rule stand together, so that a long case is read in a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Grouped:
    """The first reason of its kind, and others that the same rule gave."""

    first: Mapping[str, Any]
    others: list[Mapping[str, Any]] = field(default_factory=list)


def grouped(reasons: Sequence[Mapping[str, Any]]) -> list[Grouped]:
    """Reasons in their order, each further finding of a rule below its first.

    >>> [len(group.others) for group in grouped([{"code": "A"}, {"zh": "x"}, {"code": "A"}, {"zh": "y"}])]
    [1, 0, 0]
    """
    groups: list[Grouped] = []
    of_rule: dict[str, Grouped] = {}
    for reason in reasons:
        code = reason.get("code")
        if code in of_rule:
            of_rule[code].others.append(reason)
            continue
        groups.append(Grouped(reason))
        if code:
            of_rule[code] = groups[-1]
    return groups
