"""The 88 rules of the national library's 2025 edition, by name; a code of the 1.0 edition where it kept its rule.

The list is in `national_2025.csv`. Rules that are new in 2025 have no published code: ours begins with YC- and is
provisional. Names and classes are those of 国家医保智能监管规则库 (2025 年版); the English names are ours.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("national_2025.csv")

TABLES = ("official", "local", "none")
"""Whose table of items a rule stands on: published by the nation, made by the pooling area, or none at all."""


@dataclass(frozen=True)
class NationalRule:
    """One rule of the library.

    Attributes:
        number: its place in the library.
        code: the national code, or ours that begins with YC-.
        name_zh, name_en: its names.
        class_zh, group_zh: 政策类, 管理类 or 医疗类, and the group within.
        stages: when it may be asked: before, during, after.
        table: one of `TABLES`.
        needs: what it asks for beside claims, registers and its table; empty for nothing.
        points: how many points, by code, its official table has; 0 where nobody here has counted them.
    """

    number: int
    code: str
    name_zh: str
    name_en: str
    class_zh: str
    group_zh: str
    stages: tuple[str, ...]
    table: str
    needs: str
    points: int


@cache
def national_rules() -> tuple[NationalRule, ...]:
    """All of them, in the order of the library."""
    with FILE.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return tuple(_rule(*row) for row in rows)


def _rule(
    number: str,
    code: str,
    zh: str,
    en: str,
    class_zh: str,
    group_zh: str,
    stages: str,
    table: str,
    needs: str,
    points: str,
) -> NationalRule:
    named = (int(number), code, zh, en, class_zh, group_zh)
    return NationalRule(*named, tuple(stages.split()), table, needs, int(points or 0))
