"""The dictionary of a pooling area: code values that no published national text fixes, in one file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from claims.errors import BadSetting

FOLDER = Path(__file__).parent / "areas"
_NAME = re.compile(r"[a-z0-9_]{1,40}")

Value = Annotated[str, Field(strict=True, min_length=1, max_length=3)]
Words = Annotated[str, Field(strict=True, min_length=1, max_length=100)]
Grade = Literal["definite", "highly_suspicious", "slightly_suspicious"]
ItemKind = Literal["drug", "herbal", "service", "consumable", "facility"]


class _Dictionary(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ByGrade(_Dictionary):
    """A value for each grade of a rule's finding."""

    definite: Value
    highly_suspicious: Value
    slightly_suspicious: Value


class WordsByGrade(_Dictionary):
    """Words for each grade."""

    definite: Words
    highly_suspicious: Words
    slightly_suspicious: Words


class Behaviour(_Dictionary):
    """A value for findings on a whole claim and for those on a line."""

    claim: Value
    line: Value


class AmountStatus(_Dictionary):
    """A value for findings with an amount and for those without."""

    counted: Value
    none: Value


class Area(_Dictionary):
    """One area's values; the file `areas/default.yaml` says what each means."""

    area: Words
    trigger_scenes: Annotated[Mapping[Value, Words], Field(min_length=1)]
    severity: ByGrade
    behaviour: Behaviour
    amount_status: AmountStatus
    violation_type: WordsByGrade
    item_kinds: Annotated[Mapping[Annotated[str, Field(strict=True, min_length=1)], ItemKind], Field(min_length=1)]
    pooling_digits: Annotated[int, Field(strict=True, ge=2, le=6)]

    def item_kind(self, code: str) -> ItemKind | None:
        """What an item is by the longest beginning of its code that is listed; None if none is."""
        fitting = [beginning for beginning in self.item_kinds if code.startswith(beginning)]
        return self.item_kinds[max(fitting, key=len)] if fitting else None


def read_area(name_or_path: str) -> Area:
    """The shipped dictionary of this name, or the one in this YAML file.

    Raises:
        BadSetting: there is none, or it is malformed; the message says where.
    """
    path = FOLDER / f"{name_or_path}.yaml"
    if not _NAME.fullmatch(name_or_path) or not path.exists():
        path = Path(name_or_path)
    try:
        return Area.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        shipped = ", ".join(sorted(each.stem for each in FOLDER.glob("*.yaml")))
        raise BadSetting(
            f"The area's dictionary {name_or_path!r} cannot be used: {_problem(error)}. Expected a file like "
            f"serving/national/areas/default.yaml, or one of: {shipped}. Correct it, or YICHA_NATIONAL_AREA."
        ) from error


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"no YAML at line {error.problem_mark.line + 1}"
    return getattr(error, "strerror", None) or "no UTF-8 YAML"
