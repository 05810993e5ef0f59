"""What national code values mean: read from the import mapping, which already spells them."""

from __future__ import annotations

from collections.abc import Mapping

from claims.intake.mapping import LEAVE, ColumnRule, SourceMapping, Way
from claims.intake.read_mapping import read_mapping

Meaning = str | bool | None


def benefit_kind(care_category: str) -> Meaning:
    """Which benefit pays for a care category (med_type); None for one that is not known.

    >>> benefit_kind("140201"), benefit_kind("2101"), benefit_kind("77")
    ('special', 'inpatient', None)
    """
    return _meaning(_BENEFIT_KIND, {"med_type": care_category})


def is_emergency(care_category: str) -> bool:
    """Whether a care category (med_type) is emergency care."""
    return bool(_meaning(_IS_EMERGENCY, {"med_type": care_category}))


def item_kind(list_type: str | None, charge_type: str | None) -> Meaning:
    """What an item is by its list (list_type, hilist_type) and charge type; None where they do not say it.

    >>> item_kind("201", "01"), item_kind("101", None), item_kind(None, None)
    ('facility', 'drug', None)
    """
    given = {"list_type": list_type or "", "med_chrgitm_type": charge_type or ""}
    return _meaning(_ITEM_KIND, given)


def _meaning(column: ColumnRule, given: Mapping[str, str]) -> Meaning:
    for way in column.ways:
        found = _of_way(way, next((given[name] for name in way.aliases if given.get(name)), None))
        if found is not None:
            return found
    return None


def _of_way(way: Way, value: str | None) -> Meaning:
    if value is None:
        return None
    listed = [code for code in way.codes if (value.startswith(code) if way.by_prefix else value == code)]
    if listed:
        return way.codes[max(listed, key=len)]
    return None if way.otherwise == LEAVE else way.otherwise


def _column(mapping: SourceMapping, part: str, table: str, target: str) -> ColumnRule:
    outputs = next(each.outputs for each in mapping.parts if each.name == part)
    output = next(each for each in outputs if each.name == table)
    return next(rule for rule in output.variants[0] if rule.target == target)


# Read when the service starts, since it takes a while and the first doctor shall not wait for it.
_NATIONAL = read_mapping("national")
_BENEFIT_KIND = _column(_NATIONAL, "settlements", "claims", "benefit_kind")
_IS_EMERGENCY = _column(_NATIONAL, "settlements", "claims", "is_emergency")
_ITEM_KIND = _column(_NATIONAL, "fee_lines", "lines", "item_kind")
