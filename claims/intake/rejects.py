"""Rows that could not be taken: where, which field, the value's shape and why; never the value itself."""

import csv
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from claims.errors import BadSetting

COLUMNS = ("file", "line", "field", "shape", "reason")
LONGEST_SHAPE = 40


@dataclass(frozen=True)
class Reject:
    """One row that could not be taken.

    Attributes:
        line: line in the text file, or row in a Parquet file, the first being 1.
        field: the source's column, empty when the row as a whole is meant.
        shape: the value's shape.
        reason: what is wrong, in words.
    """

    line: int
    field: str
    shape: str
    reason: str


def shape_of(value: str | None) -> str:
    """What a value looks like, without what it says.

    >>> shape_of("Ab-12 王")
    'aa-99 汉'
    """
    if value is None:
        return ""
    return "".join(_shape_of_sign(sign) for sign in value[:LONGEST_SHAPE])


def _shape_of_sign(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if "\u3400" <= sign <= "\u9fff":
        return "汉"
    if sign.isalpha():
        return "a"
    return sign if sign.isprintable() else "?"


class RejectsFile:
    """Writes rejects to a CSV file that is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first = ""
        self._out: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._out:
            self._out.close()

    def add(self, file_name: str, rejects: list[Reject]) -> None:
        """Write the rejects of one file."""
        if rejects and self._out is None:
            self._open()
            first = rejects[0]
            self.first = f"{file_name} line {first.line}, {first.field or 'the row'}: {first.reason}"
        for reject in rejects:
            self._writer.writerow([file_name, reject.line, reject.field, reject.shape, reject.reason])
        self.count += len(rejects)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise BadSetting(
                f"The rejects file {self.path} cannot be written ({error.strerror}). Expected a place that can be "
                "written. Name another with --rejects; nothing of this import was kept."
            ) from error
        self._writer = csv.writer(self._out)
        self._writer.writerow(COLUMNS)
