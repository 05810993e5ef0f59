"""What the routes about registers take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from serving.answers import Answer
from serving.fields import Day, Name
from serving.rule_schemas import Reason
from serving.schemas import Body

_Column = Annotated[str, Field(max_length=60)]
_Value = Annotated[str, Field(strict=True, max_length=200)] | StrictBool | StrictInt | None
Values = Annotated[
    dict[_Column, _Value],
    Field(max_length=30, description="values by their column names, as the search shows them"),
]
Row = dict[str, str | int | bool | None]


class EntryIn(Body):
    """A new entry of a register."""

    entry: Values
    why: Reason = Field(description="the reason, for the ledger")


class CorrectionIn(Body):
    """New values of an entry."""

    key: Values
    changes: Values
    why: Reason


class EndIn(Body):
    """The last day of an entry."""

    key: Values
    on: Day
    why: Reason


class ConfirmationIn(Body):
    """That registers of an institution are as they should be, just now."""

    registers: list[Literal["doctors", "pharmacists", "tills", "departments", "services"]] = Field(
        default_factory=list, max_length=5, description="which ones; none for all that it declared before"
    )
    is_complete: StrictBool | None = Field(None, description="whether nothing is missing; left out: as before")
    why: Reason


class HistoryIn(Body):
    """Which changes are asked for."""

    key: Values = Field(default_factory=dict, description="some or all columns of the key; none for all entries")
    most: Annotated[StrictInt, Field(ge=1, le=500)] = 100
    before: Annotated[StrictInt, Field(ge=1, lt=1 << 63)] | None = Field(None, description="a change_id: older ones")


class EntriesOut(Answer):
    """One page of entries."""

    register_: str = Field(alias="register")
    entries: list[Row]


class RegisterChangeOut(Answer):
    """One row of the ledger."""

    change_id: int
    register_: str = Field(alias="register")
    key: Row
    old_row: Row | None = Field(description="null for a new entry")
    new_row: Row
    why: str
    changed_by: str
    changed_at: str


class RegisterImportOut(Answer):
    """What an import changed in one register of one institution."""

    import_id: str
    register_: str = Field(alias="register")
    institution_id: str | None = Field(description="null for the catalogue")
    added: int
    changed: int
    mapping: str | None = Field(description="null where the owner of the database wrote by other means")
    files: list[dict[str, str]] = Field(description="name and fingerprint (SHA-256) of each file")
    imported_at: str


SearchText = Name
"""Of a query: at most 200 characters, none of them a control character."""
