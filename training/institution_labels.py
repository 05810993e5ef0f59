"""Labels of institutions from a CSV file of a supervisor or a study."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from claims.errors import BadFile, NotEnoughData
from claims.tables import Array

VALUES = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class InstitutionLabels:
    """g judged institutions, in the order of their ids.

    Attributes:
        ids: (g,) text, each once.
        is_violating: (g,) true or false.
    """

    ids: Array
    is_violating: Array


def read_labels(path: Path, id_column: str = "Provider", label_column: str = "PotentialFraud") -> InstitutionLabels:
    """Read the labels.

    Args:
        path: a CSV file with a header row, UTF-8.
        id_column: column with the institution id, as in the store.
        label_column: column with Yes or No (also true/false, 1/0), in any case.

    Raises:
        BadFile: the file is missing, empty, not UTF-8, lacks a column, or holds an unknown value or an id twice.
        NotEnoughData: all labels are the same.
    """
    rows = _read_rows(path, (id_column, label_column))
    found: dict[str, bool] = {}
    for line, (name, value) in rows:
        if value.lower() not in VALUES:
            _stop(
                path,
                f"line {line} has a value in column {label_column!r} that is neither Yes nor No",
                "Yes or No in every row",
            )
        if not name:
            _stop(path, f"line {line} has no id in column {id_column!r}", "an institution id in every row")
        if name in found:
            _stop(path, f"line {line} names an institution that an earlier line has", "each institution once")
        found[name] = VALUES[value.lower()]
    ids = sorted(found)
    labels = InstitutionLabels(np.array(ids, dtype=object), np.array([found[name] for name in ids], dtype=np.bool_))
    if len(set(found.values())) < 2:
        raise NotEnoughData(
            f"{path.name} labels all its {len(ids)} institutions alike. Expected some Yes and some No: one kind alone "
            "teaches nothing. Add institutions of the other kind."
        )
    return labels


def _read_rows(path: Path, columns: tuple[str, str]) -> list[tuple[int, tuple[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if reader.fieldnames and missing:
                there = ", ".join(reader.fieldnames)
                _stop(
                    path, f"has no column {missing[0]!r}", f"the columns {columns[0]} and {columns[1]}; it has {there}"
                )
            rows = [(reader.line_num, tuple((row[name] or "").strip() for name in columns)) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"The labels file {path.name} cannot be read ({type(error).__name__}). Expected a UTF-8 CSV file with the "
            f"columns {columns[0]} and {columns[1]}. Check the path and the encoding."
        ) from error
    if not rows:
        _stop(path, "holds no row", f"a header row with {columns[0]} and {columns[1]} and one row an institution")
    return [(line, (name, value)) for line, (name, value) in rows]


def _stop(path: Path, what: str, expected: str) -> None:
    raise BadFile(
        f"The labels file {path.name} {what}. Expected {expected}. Correct the file or name the columns by option."
    )
