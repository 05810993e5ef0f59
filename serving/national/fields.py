"""Field types of national messages in the notation of the specification: text of n, decimal p,s, day, moment."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from claims.clock import AREA_ZONE
from serving.fields import EARLIEST_YEAR, LATEST_YEAR

MOST_YUAN = Decimal("999999999.99")
"""The specification has 14 digits before the point; no single bill of the country has ten."""
MOST_UNITS = Decimal(99_999_999)

_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:/\-]*$"
_CODE = r"^[A-Za-z0-9][A-Za-z0-9_.+*/\-]*$"
_NAME = r"^[^\x00-\x1f\x7f]*$"
_PERSON = r"^[A-Za-z0-9_\-]+$"
CODE_WORDS = {
    _ID: "由字母、数字和 _ . : / - 组成的编号",
    _CODE: "由字母、数字和 _ . + * / - 组成的编码",
    _NAME: "不含控制字符的文本",
    _PERSON: "由字母、数字和 _ - 组成的编号",
}
"""What a pattern means, for the answer to somebody whose value does not match it."""


class Part(BaseModel):
    """Base of all parts of a message. Provinces add fields: what is not known is left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _code(most: int) -> Any:
    return Field(strict=True, min_length=1, max_length=most, pattern=_ID)


def _text(most: int) -> Any:
    return Field(strict=True, min_length=1, max_length=most, pattern=_NAME)


def _number(digits: int, places: int, most: Decimal, least: Decimal | None = Decimal(0)) -> Any:
    return Field(max_digits=digits, decimal_places=places, ge=least, le=most, allow_inf_nan=False)


Code3 = Annotated[str, _code(3)]
Code5 = Annotated[str, _code(5)]
Code6 = Annotated[str, _code(6)]
Code10 = Annotated[str, _code(10)]
Code12 = Annotated[str, _code(12)]
Code20 = Annotated[str, _code(20)]
Code30 = Annotated[str, _code(30)]
Code40 = Annotated[str, _code(40)]
Code50 = Annotated[str, _code(50)]
"""Codes and ids of at most so many characters; without `Maybe` they may not be empty."""

DiseaseCode = Annotated[str, Field(strict=True, min_length=1, max_length=30, pattern=_CODE)]
ItemCode = Annotated[str, Field(strict=True, min_length=1, max_length=50, pattern=_CODE)]
"""Codes of the catalogues; those of diseases may bear a dagger or a star."""

Text3 = Annotated[str, _text(3)]
Text6 = Annotated[str, _text(6)]
Text10 = Annotated[str, _text(10)]
Text20 = Annotated[str, _text(20)]
Text30 = Annotated[str, _text(30)]
Text50 = Annotated[str, _text(50)]
Text100 = Annotated[str, _text(100)]
Text150 = Annotated[str, _text(150)]
Text200 = Annotated[str, _text(200)]
Text500 = Annotated[str, _text(500)]
"""Texts of at most so many characters."""

Person30 = Annotated[str, Field(strict=True, min_length=1, max_length=30, pattern=_PERSON)]
Person50 = Annotated[str, Field(strict=True, min_length=1, max_length=50, pattern=_PERSON)]
"""Person numbers; they become keyed pseudonyms before anything is stored."""

DROPPED = AfterValidator(lambda _: "")
"""For names and certificate numbers: their form is looked at, then they are gone."""
Name50 = Annotated[str, Field(strict=True, min_length=1, max_length=50), DROPPED]

Amount = Annotated[Decimal, _number(16, 2, MOST_YUAN)]
"""Yuan, decimal 16,2, as JSON number or text."""
SignedAmount = Annotated[Decimal, _number(16, 2, MOST_YUAN, -MOST_YUAN)]
Quantity = Annotated[Decimal, _number(16, 4, MOST_UNITS)]
SignedQuantity = Annotated[Decimal, _number(16, 4, MOST_UNITS, -MOST_UNITS)]
ShortQuantity = Annotated[Decimal, _number(6, 2, Decimal("9999.99"))]
Price = Annotated[Decimal, _number(16, 6, MOST_UNITS)]
Days = Annotated[Decimal, _number(6, 2, Decimal(3_650))]
Count4 = Annotated[Decimal, _number(4, 0, Decimal(9_999))]
Order2 = Annotated[Decimal, _number(2, 0, Decimal(99))]
"""Other numbers, likewise."""


def _moment(value: Any) -> str:
    """A moment in ISO 8601 with the area's offset."""
    found = _read(value, datetime.fromisoformat, "yyyy-MM-dd HH:mm:ss")
    aware = found.astimezone(AREA_ZONE) if found.tzinfo else found.replace(tzinfo=AREA_ZONE)
    return aware.isoformat(timespec="seconds")


def _day(value: Any) -> str:
    """A calendar day in ISO 8601; a time behind it is cut off."""
    return _read(value, datetime.fromisoformat, "yyyy-MM-dd").date().isoformat()


def _read(value: Any, reader: Any, form: str) -> datetime:
    try:
        found: datetime = reader(value)
    except (TypeError, ValueError):
        raise PydanticCustomError("moment", "expected {form}", {"form": form}) from None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise PydanticCustomError("year", "expected a year between 1900 and 2199")
    return found


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


Given = TypeVar("Given")
Maybe = Annotated[Given | None, BeforeValidator(_none_if_empty)]
"""An optional field; many systems send an empty text where they have nothing."""

Moment = Annotated[str, BeforeValidator(_moment)]
Day = Annotated[str, BeforeValidator(_day)]
Flag = Annotated[str, Field(strict=True, pattern=r"^[01]$")]
CODE_WORDS[r"^[01]$"] = "0 或 1"
