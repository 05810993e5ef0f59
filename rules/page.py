"""The page that lists every rule, written from the library's list and the declarations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rules.catalogue import RULES
from rules.frame import Grade, Rule
from rules.indicators.catalogue import PERIOD_CODES
from rules.library.national import NationalRule, national_rules

HEAD = """# Rules

Written from `rules/library/national_2025.csv` and the declarations in `rules/` by `yicha rules document`; change those,
then run it again.

{working} of the {national} rules of the national library (国家医保智能监管规则库, 2025 edition) work ({by_class}),
and {own} of our own. The grade is ours and not official: a policy limit with an official table is definite, and so is a
failed real-name check against a register that the institution declared complete and has just confirmed; all else (rules
of medicine, local tables, what only the area's catalogue states) is suspicious at most. Codes that begin with YC- are
ours, and provisional where the library has not published one.

State: a rule **works** when a check stands behind it that passes its cases. One that stands on a table finds nothing
until the table is loaded: an *official table* is one that the nation has published, with the number of its points here
where we saw it; of the others the words are published and the codes are the area's to fill in. A *local table* is the
pooling area's to make. [knowledge.md](knowledge.md) shows the headers of each. A rule *of a period* is asked about an
institution and its months by `yicha rules indicators` and `yicha rules stock`. *Data needed* names what claims and
registers do not hold.

Rules about codes look at what a fee line states itself: `YC-TRACE` at the trace codes (药品追溯码) of its boxes, and
`YC-MAPPING` and `YC-UNMAPPED` at the institution's own item code beside the register of own codes
([registers.md](registers.md)). Lines without such codes they leave alone.
"""
_TABLE_HEAD = "| {first} | code | name | grade | stages | state |\n|---|---|---|---|---|---|\n"
_GRADES = {Grade.DEFINITE: "definite", Grade.HIGHLY: "highly suspicious", Grade.SLIGHTLY: "slightly suspicious"}


def rule_page(rules: Sequence[Rule] = RULES, library: Sequence[NationalRule] | None = None) -> str:
    """The whole page as Markdown: the national library by class, then our own rules.

    Args:
        rules: those that work.
        library: the national rules; those of the 2025 edition by default.
    """
    library = national_rules() if library is None else library
    working = {rule.code: rule for rule in rules}
    national = {each.code for each in library}
    own = [rule for rule in rules if rule.code not in national]
    parts = [HEAD.format(**_counts(working, library), national=len(library), own=len(own))]
    for class_zh in dict.fromkeys(each.class_zh for each in library):
        rows = [_national_row(each, working.get(each.code)) for each in library if each.class_zh == class_zh]
        parts.append(f"## {class_zh}\n\n" + _TABLE_HEAD.format(first="#") + "".join(rows))
    parts.append("## Our own\n\n" + _TABLE_HEAD.format(first="rests on") + "".join(map(_own_row, own)))
    return "\n".join(parts)


def _counts(working: Mapping[str, Rule], library: Sequence[NationalRule]) -> dict[str, object]:
    """How many rules of the library work, and how many of each class."""
    works = Counter(each.class_zh for each in library if each.code in working or each.code in PERIOD_CODES)
    whole = Counter(each.class_zh for each in library)
    by_class = "、".join(f"{name} {works[name]}/{count}" for name, count in whole.items())
    return {"working": works.total(), "by_class": by_class}


def state_of(each: NationalRule, rule: Rule | None) -> str:
    """What stands between a national rule and its findings."""
    points = f", {each.points:,} points" if each.points else ""
    table = {"official": f"official table{points}", "local": "local table needed", "none": ""}[each.table]
    needs = f"data needed: {each.needs}" if each.needs else ""
    of_period = "works, of a period" if each.code in PERIOD_CODES else "declared"
    return ", ".join(part for part in ("works" if rule else of_period, table, needs) if part)


def _national_row(each: NationalRule, rule: Rule | None) -> str:
    grade = _GRADES[rule.grade] if rule else ""
    name = f"{each.name_zh}<br>{each.name_en}"
    return _row(str(each.number), f"`{each.code}`", name, grade, ", ".join(each.stages), state_of(each, rule))


def _own_row(rule: Rule) -> str:
    name = f"{rule.name_zh}<br>{rule.name_en}"
    return _row(rule.source, f"`{rule.code}`", name, _GRADES[rule.grade], ", ".join(rule.stages), "works")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
