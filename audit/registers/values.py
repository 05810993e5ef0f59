"""Values of registers at the edge: days and moments in ISO 8601, prices in yuan and quantities as exact texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from audit.registers.known import Register
from claims.clock import to_moment
from claims.errors import BadSetting
from claims.tables import Column, Kind

Plain = str | int | bool | None
"""A value as JSON can hold it."""

MOST_TEXT, MOST_WHOLE = 200, 1_000_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+*/\-]{0,63}")
_UNITS = {Kind.QUANTITY_E4: ("_e4", "", 4), Kind.MICRO_YUAN: ("_micro_yuan", "_yuan", 6)}
"""How the column ends inside, how it ends at the edge, and with how many decimals."""


def edge_name(column: Column) -> str:
    """The name of a column at the edge, where its unit is another one."""
    inside, outside, _ = _UNITS.get(column.kind, ("", "", 0))
    return column.name.removesuffix(inside) + outside if inside else column.name


def plain_row(columns: Sequence[Column], values: Sequence[Any]) -> dict[str, Plain]:
    """A row of the store by edge names."""
    return {edge_name(column): _plain(column, value) for column, value in zip(columns, values, strict=True)}


def plain_json(register: Register, row: Mapping[str, Any]) -> dict[str, Plain]:
    """A row of the ledger by edge names; columns that the register has no more, or has under that name, stay so."""
    columns = {column.name: column for column in register.table.columns}
    return {
        edge_name(columns[name]) if name in columns else name: _plain(columns[name], value)
        if name in columns
        else value
        for name, value in row.items()
    }


def _plain(column: Column, value: Any) -> Plain:
    if isinstance(value, str) and column.kind is Kind.TIME:
        value = datetime.fromisoformat(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        return to_moment(int(value.timestamp())).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if column.kind in _UNITS:
        decimals = _UNITS[column.kind][2]
        whole, part = divmod(int(value), 10**decimals)
        return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".")
    return int(value)


def parse(register: Register, given: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    """Values that people gave, by our column names, as the store takes them.

    Args:
        register: whose columns they name by their edge names.
        given: each as JSON or as text; an empty text is no value.
        allowed: our names of the columns that may be given here.

    Raises:
        BadSetting: a column is unknown or not to be given here, or a value is not of its type.
    """
    by_name = {edge_name(column): column for column in register.columns(*allowed)}
    for name in given:
        if name not in by_name:
            also = " `yicha registers confirm` changes what an institution declared." if register.only_confirmed else ""
            raise BadSetting(
                f"The register {register.name} has no column {str(name)[:40]!r} that can be given here. Expected "
                f"{', '.join(by_name)}. Leave it out or correct its name.{also}"
            )
    return {by_name[name].name: _parse(register, by_name[name], value) for name, value in given.items()}


def _parse(register: Register, column: Column, value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        if column.required:
            raise _bad(column, "a value, since no entry is without one")
        return None
    if column.name in register.choices:
        choices = register.choices[column.name]
        if text not in choices:
            raise _bad(column, f"one of {', '.join(choices)}")
        return text
    return _READERS[column.kind](column, text)


def _text(column: Column, value: Any) -> str:
    if column.name.endswith(("_id", "_code")) and column.name != "own_item_code":  # which may be any text
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise _bad(column, "a code of 1 to 64 letters, digits and _ . : + * / -")
        return value
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
        raise _bad(column, f"a text of at most {MOST_TEXT} characters on one line")
    return value


def _whole(column: Column, value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > MOST_WHOLE:
        raise _bad(column, f"a whole number from 0 to {MOST_WHOLE}")
    return int(text)


def _flag(column: Column, value: Any) -> bool:
    known = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value not in known:
        raise _bad(column, "true or false")
    return known[value]


def _day(column: Column, value: Any) -> date:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        day = date.fromisoformat(value)
        if not 1900 <= day.year <= 2199:
            raise ValueError
    except ValueError:
        raise _bad(column, "a day as YYYY-MM-DD between 1900 and 2199") from None
    return day


def _decimal(column: Column, value: Any) -> int:
    decimals = _UNITS[column.kind][2]
    found = re.fullmatch(rf"([0-9]{{1,8}})(?:\.([0-9]{{1,{decimals}}}))?", value) if isinstance(value, str) else None
    if not found:
        raise _bad(column, f'a number as text, not negative, at most {decimals} decimals, such as "12.3"')
    return int(found[1] + (found[2] or "").ljust(decimals, "0"))


_READERS = {
    Kind.TEXT: _text,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
    Kind.DATE: _day,
    Kind.QUANTITY_E4: _decimal,
    Kind.MICRO_YUAN: _decimal,
}


def _bad(column: Column, expected: str) -> BadSetting:
    return BadSetting(f"The value of {edge_name(column)} cannot be taken. Expected {expected}. Correct it.")
