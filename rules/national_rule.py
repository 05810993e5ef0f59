"""Makes a rule of the national library: its names, class and stages are in the library's list and not said again."""

from __future__ import annotations

from collections.abc import Callable

from rules.frame import Check, Grade, Rule, rule
from rules.library.national import national_rules

SINCE = "2023-05-15"
"""The day on which edition 1.0 was published."""
SINCE_OF_NEW = "2021-05-01"
"""Of rules without a code of that edition: the day of the regulation that they carry out."""
_TABLES = {"official": "；国家公布的知识点，编码由统筹区对应", "local": "；统筹区知识点", "none": ""}


def national(
    code: str,
    *,
    grade: Grade,
    needs: tuple[str, ...] = (),
    numbers: str | None = None,
    basis: str = "",
) -> Callable[[Check], Rule]:
    """Make a rule of a check.

    Args:
        code: of the library's list; a `KeyError` for any other.
        grade: the grade of its hits, unless a hit says another.
        needs: kinds of knowledge points without any of which it is not asked.
        numbers: the file under rules/policy with its dated numbers.
        basis: further texts that it rests on.
    """
    each = {each.code: each for each in national_rules()}[code]
    has_code = code.startswith("GZ")
    edition = code if has_code else f"（2025 年版）{each.name_zh}"
    return rule(
        code=code,
        name_zh=each.name_zh,
        name_en=each.name_en,
        category=each.class_zh,
        grade=grade,
        since=SINCE if has_code else SINCE_OF_NEW,
        source=f"国家医保智能监管规则库 {edition}{_TABLES[each.table] if needs else ''}{basis and f'；{basis}'}",
        subject_kind="institution",
        stages=each.stages,
        numbers=numbers,
        needs=needs,
    )
