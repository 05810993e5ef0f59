"""Field types of the API's bodies: every one is bounded, since whatever arrives may be hostile."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, StrictInt
from pydantic_core import PydanticCustomError

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


def _only_text(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("text_expected", "expected a text in ISO 8601")
    return value


def _plausible_moment(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise PydanticCustomError("year", "expected a year between 1900 and 2199")
    return value


def _plausible_day(value: date) -> date:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise PydanticCustomError("year", "expected a year between 1900 and 2199")
    return value


# What a pattern means, for the answer to somebody whose value does not match it.
PATTERN_WORDS: dict[str, str] = {}


def _pattern(pattern: str, words: str) -> str:
    PATTERN_WORDS[pattern] = words
    return pattern


_ID = _pattern(r"^[A-Za-z0-9][A-Za-z0-9_.:/\-]{0,63}$", "an id of 1 to 64 letters, digits and _ . : / -")

_CODE = _pattern(r"^[A-Za-z0-9][A-Za-z0-9_.+*/\-]{0,49}$", "a code of 1 to 50 letters, digits and _ . + * / -")
_PERSON = _pattern(r"^[A-Za-z0-9_\-]{1,64}$", "a person number of 1 to 64 letters, digits and _ -")
_TRACE_CODE = _pattern(r"^[A-Za-z0-9\-]{1,30}$", "a trace code of 1 to 30 letters and digits")
_NAME = _pattern(r"^[^\x00-\x1f\x7f]+$", "a text without control characters")
_YUAN = _pattern(r"^[0-9]{1,9}(\.[0-9]{1,2})?$", 'yuan as text, not negative, at most two decimals, such as "123.45"')
_NEGATIVE_YUAN = _pattern(
    r"^(-[0-9]{1,9}(\.[0-9]{1,2})?|0(\.0{1,2})?)$",
    'yuan as text, zero or negative, at most two decimals, such as "-12.30"',
)
_PRICE = _pattern(r"^[0-9]{1,8}(\.[0-9]{1,6})?$", 'yuan as text, not negative, at most six decimals, such as "12.3"')
_QUANTITY = _pattern(r"^[0-9]{1,8}(\.[0-9]{1,4})?$", 'a quantity as text, at most four decimals, such as "2"')
_NEGATIVE_QUANTITY = _pattern(
    r"^-[0-9]{1,8}(\.[0-9]{1,4})?$", 'a negative quantity as text, at most four decimals, such as "-2"'
)

Id = Annotated[str, Field(strict=True, pattern=_ID, examples=["S20260105000123"])]
Code = Annotated[str, Field(strict=True, pattern=_CODE)]
PersonNumber = Annotated[
    str,
    Field(
        strict=True,
        pattern=_PERSON,
        description="person number (psn_no); becomes a keyed pseudonym at once, never stored or logged",
        examples=["TEST-PERSON-0001"],
    ),
]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=200, pattern=_NAME)]
OwnCode = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=150,
        pattern=_NAME,
        description="what the institution's own list calls the item (medins_list_codg)",
        examples=["YP0001"],
    ),
]
TraceCode = Annotated[str, Field(strict=True, pattern=_TRACE_CODE, examples=["81000010000000000017"])]
Yuan = Annotated[
    str,
    Field(
        strict=True,
        pattern=_YUAN,
        description="money in yuan, not negative, at most two decimals, as text",
        examples=["123.45"],
    ),
]
NegativeYuan = Annotated[
    str,
    Field(
        strict=True,
        pattern=_NEGATIVE_YUAN,
        description="money in yuan, negative or zero, at most two decimals, as text",
        examples=["-123.45"],
    ),
]
UnitPrice = Annotated[
    str,
    Field(
        strict=True,
        pattern=_PRICE,
        description="yuan per unit, at most six decimals, as text",
        examples=["12.300000"],
    ),
]
Quantity = Annotated[
    str,
    Field(
        strict=True,
        pattern=_QUANTITY,
        description="billed units, at most four decimals, as text",
        examples=["1.0000"],
    ),
]
NegativeQuantity = Annotated[
    str,
    Field(
        strict=True,
        pattern=_NEGATIVE_QUANTITY,
        description="returned units, negative, at most four decimals, as text",
        examples=["-1.0000"],
    ),
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    AfterValidator(_plausible_moment),
    Field(description="moment in ISO 8601 with offset", examples=["2026-01-05T09:30:00+08:00"]),
]
Day = Annotated[
    date,
    BeforeValidator(_only_text),
    AfterValidator(_plausible_day),
    Field(description="calendar day", examples=["2026-01-05"]),
]
Flag = StrictBool
LineNumber = Annotated[StrictInt, Field(ge=1, le=100_000, description="1, 2, ... within the settlement")]
DaysOfSupply = Annotated[StrictInt, Field(ge=0, le=3_650, description="days the quantity lasts, as the source states")]
CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-]{1,40}$", examples=["C20260105-0a1b2c3d4e"])]
