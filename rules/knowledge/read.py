"""Reads a published or local table into knowledge points; a table is taken as a whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from claims.errors import BadFile, BadSetting
from claims.tables import KNOWLEDGE
from rules.knowledge.csv_table import open_table
from rules.knowledge.kinds import DIAGNOSIS_KINDS, DRUG_CHILD, DRUG_CHILD_PAID
from rules.knowledge.shapes import (
    CODE,
    COUNT,
    DRUG,
    ITEM,
    LIMITED,
    MAIN_CODE,
    MAIN_NAME,
    PART_CODE,
    PART_NAME,
    REMARK,
    TERMS,
    UNIT,
    WINDOW,
    Part,
    Shape,
    recognise,
)
from rules.knowledge.workbook import Cells, plain

Point = Mapping[str, Any]
"""Columns of `claims.tables.KNOWLEDGE` but the batch and the dates; a column that is not named is missing."""

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{5,49}")
_DIAGNOSIS = re.compile(r"[A-Za-z]\d{2}[0-9A-Za-z.+*]{0,17}")


@dataclass(frozen=True)
class Knowledge:
    """One workbook.

    Attributes:
        shape: which table it is.
        file_name, sha256: which file.
        points: its points, also those whose words could not be read.
        notes: rows that are no points: sums and notes below the table.
    """

    shape: Shape
    file_name: str
    sha256: str
    points: list[Point]
    notes: int

    @property
    def not_understood(self) -> Counter[str]:
        """The words that could not be read, with how many points have them."""
        return Counter(point["words"] or point["remark"] or "" for point in self.points if not point["is_understood"])


def read_workbook(path: Path) -> Knowledge:
    """Read one table: a workbook, or a CSV file with the same headers.

    Raises:
        BadFile: no workbook or CSV, a kind not seen before, or a row that the table cannot mean; its place is named.
    """
    sheets = open_table(path)
    shape, parts = recognise(path, sheets)
    reader = _Reader(path, shape)
    points = list(reader.points(parts))
    if not points:
        raise BadFile(f"There is no row in {path.name}. Expected rows below the header. Fetch the workbook again.")
    doubled = _doubled(points)
    if doubled:
        raise BadFile(
            f"{path.name}, row {doubled[1]}, repeats row {doubled[0]}: the same item with the same limit. Expected "
            "each once. Compare the file with the published one."
        )
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Knowledge(shape, plain(path.name), digest, points, reader.notes)


def known_date(knowledge: Knowledge) -> date:
    """The day on which the workbook's batch was published, where its file name states the batch, as 【第一批】.

    Raises:
        BadSetting: the name states none, or another one than the first that published this table.
    """
    stated = re.search(r"第\s*([一二三四五六七八九十]+)\s*批", knowledge.file_name)
    if stated and stated[1] == knowledge.shape.batch and knowledge.shape.published:
        return knowledge.shape.published
    raise BadSetting(
        f"Nobody knows since when {knowledge.file_name} holds: its name does not say the batch that published this "
        "table first. Expected a date. Give the day of the notice with --since YYYY-MM-DD."
    )


class _Reader:
    """Makes points of the rows of one table."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path, self.shape, self.notes = path, shape, 0

    def points(self, parts: list[Part]) -> Iterator[Point]:
        if self.shape.layout == "drugs and their codes":
            return self._drugs(*parts)
        return chain.from_iterable(map(self._rows, parts))

    def _drugs(self, drugs: Part, codes: Part) -> Iterator[Point]:
        """The first sheet says what is limited, by name; the second one gives the codes of each name."""
        terms_of: dict[str, tuple[str, str]] = {}
        for number, row in self._below(drugs):
            name = drugs.cell(row, DRUG)
            if not drugs.cell(row, LIMITED) or not name:
                self.notes += 1
                continue
            said = (drugs.cell(row, TERMS), drugs.cell(row, REMARK))
            if terms_of.setdefault(name, said)[0] != said[0]:
                raise self._bad(drugs, number, f"gives {name[:40]!r} other terms than a row above", "one limit a drug")
        named: set[str] = set()
        for number, row in self._below(codes):
            if not codes.cell(row, CODE) and not codes.cell(row, LIMITED):
                self.notes += 1
                continue
            name = codes.cell(row, DRUG)
            if name not in terms_of:
                raise self._bad(codes, number, f"names {name[:40]!r}, which the first sheet does not", "the same names")
            named.add(name)
            yield self._point(number, self._code(codes, number, row, CODE), name, *terms_of[name])
        missing = next((name for name in terms_of if name not in named), None)
        if missing is not None:
            raise self._bad(codes, codes.header_row, f"has no code for {missing[:40]!r}", "codes for every drug")

    def _rows(self, part: Part) -> Iterator[Point]:
        is_pair = PART_CODE in part.place
        for number, row in self._below(part):
            if not part.cell(row, MAIN_CODE if MAIN_CODE in part.place else CODE):
                if sum(map(bool, row)) > 2:  # more than a sum or a note
                    raise self._bad(part, number, "has no code", "a code in every row")
                self.notes += 1
                continue
            self._look_at_limit(part, number, row)
            yield self._pair(part, number, row) if is_pair else self._item(part, number, row)

    def _look_at_limit(self, part: Part, number: int, row: Cells) -> None:
        """A table is about one kind: its points end those of an older table of that kind only."""
        limited = part.cell(row, LIMITED)
        if limited and limited not in self.shape.limited:
            expected = f"{'/'.join(self.shape.limited)} in every row, as in the first; make a table for each"
            raise self._bad(part, number, f"has the 限定类型 {limited[:40]!r}", expected)

    def _item(self, part: Part, number: int, row: Cells) -> Point:
        words = part.cell(row, TERMS)
        if COUNT in part.place:
            words = f"{part.cell(row, COUNT)} {part.cell(row, UNIT)}".strip()
        return self._point(
            number, self._code(part, number, row, CODE), part.cell(row, ITEM), words, part.cell(row, REMARK)
        )

    def _pair(self, part: Part, number: int, row: Cells) -> Point:
        main_code, name, terms = (MAIN_CODE, MAIN_NAME, WINDOW) if MAIN_CODE in part.place else (CODE, ITEM, TERMS)
        code = self._code(part, number, row, main_code)
        other = self._code(part, number, row, PART_CODE, _CODE)
        if code == other:
            raise self._bad(part, number, f"pairs {code} with itself", "two items")
        point = self._point(number, code, part.cell(row, name), part.cell(row, terms), part.cell(row, REMARK))
        return {**point, "other_code": other, "other_name": part.cell(row, PART_NAME)}

    def _point(self, number: int, code: str, name: str, words: str, remark: str) -> Point:
        terms = self.shape.reads(words, remark)
        return {
            "row_number": number,
            "kind": _kind_of(self.shape.kind, remark),
            "item_code": code,
            "item_name": name or code,
            "is_span": False,
            **(terms or {}),
            "words": words or None,
            "remark": remark or None,
            "is_understood": terms is not None,
        }

    def _below(self, part: Part) -> Iterable[tuple[int, Cells]]:
        return ((number, row) for number, row in part.sheet.rows() if number > part.header_row)

    def _code(self, part: Part, number: int, row: Cells, what: str, form: re.Pattern[str] | None = None) -> str:
        code = part.cell(row, what)
        is_diagnosis = form is None and self.shape.kind in DIAGNOSIS_KINDS
        if not (form or (_DIAGNOSIS if is_diagnosis else _CODE)).fullmatch(code):
            expected = "a diagnosis code or its beginning" if is_diagnosis else "a national code of letters and digits"
            raise self._bad(part, number, f"has the code {code[:40]!r}", f"{expected}, kept as text")
        return code.upper() if is_diagnosis else code

    def _bad(self, part: Part, number: int, found: str, expected: str) -> BadFile:
        return BadFile(
            f"{self.path.name}, sheet {part.sheet.title[:40]!r}, row {number} {found}. Expected {expected}. Compare "
            "the file with the published one, or with docs/knowledge.md; nothing of it was kept."
        )


def _kind_of(kind: str, remark: str) -> str:
    """The table of drugs for children holds two kinds: the catalogue pays some of them with a limit (限…)."""
    return DRUG_CHILD_PAID if kind == DRUG_CHILD and remark.startswith("限") else kind


def _doubled(points: list[Point]) -> tuple[int, int] | None:
    """The rows of the first two points that say the same of the same item."""
    seen: dict[tuple[object, ...], int] = {}
    for point in points:
        key = tuple(point.get(name) for name in ("item_code", "other_code", "group_name", "words"))
        first = seen.setdefault(key, point["row_number"])
        if first != point["row_number"]:
            return first, point["row_number"]
    return None


def rows_of(knowledge: Knowledge, batch_id: int, since: date) -> Iterator[list[object]]:
    """The points as rows in the order of the table's columns."""
    for point in knowledge.points:
        whole = {**point, "batch_id": batch_id, "valid_from": since}
        yield [whole.get(name) for name in KNOWLEDGE.names]
