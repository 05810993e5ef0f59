"""By what the asked claims look up: the texts that pages and members are called, and which claims use them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from claims.lazy import coded
from claims.lookup import last_row_of
from claims.tables import Array
from features.closed.tables import AGES
from features.rows import Rows
from features.sorting import different_pairs

EVERYWHERE = ""
"""The page or member of all."""

NO_DIAGNOSIS = "none"
"""The page of claims without a diagnosis."""

BANDS = range(-1, 1 + len(AGES))
"""Age bands, -1 for an age that is not known."""


class Texts(NamedTuple):
    """One text for each of some rows.

    Attributes:
        code: places in `texts`, -1 for no text.
        texts: may hold one text twice.
    """

    code: Array
    texts: list[str]


def diagnoses(rows: Rows) -> Texts:
    """The group of each diagnosis: the first three characters of its code."""
    return rows.once("closed", "diagnoses", lambda: _diagnoses(rows))  # type: ignore[no-any-return]


def _diagnoses(rows: Rows) -> Texts:
    column = coded(rows.batch.diagnoses, "code")
    return Texts(column.codes, [str(text)[:3] for text in column.texts])


def kinds_and_peers(rows: Rows) -> tuple[list[str], Texts]:
    """The kind of each institution of the frame, and its kind and level."""
    table = rows.context.institutions
    names = np.array(list(rows.numbers("institution_id")[1]), dtype=object)
    found = last_row_of(table["institution_id"], names).tolist()
    kinds, levels = ([(table[column][row] or "") if row >= 0 else "" for row in found] for column in ("kind", "level"))
    peers = [f"{kind}|{level}" for kind, level in zip(kinds, levels, strict=True)]
    code_of = {text: code for code, text in enumerate(dict.fromkeys(peers))}
    return kinds, Texts(np.array([code_of[text] for text in peers], dtype=np.int64), list(code_of))


def departments(rows: Rows, kinds: list[str]) -> Texts:
    """Kind of institution, and name of the department (else its code), of each asked claim that names a department."""
    (place, places), (code, codes) = rows.numbers("institution_id"), rows.numbers("department_id")
    asked, pair = rows.at, np.zeros(1, dtype=np.int64)
    if len(asked) != 1:
        different, pair = different_pairs(place[asked], code[asked])
        asked = asked[different]
    table, names, of_place = rows.context.departments, list(codes), list(places)
    name_of = dict(zip(zip(table["institution_id"], table["department_id"], strict=True), table["name"], strict=True))
    texts = []
    is_named = np.zeros(len(asked), dtype=np.bool_)
    for nth, (here, named) in enumerate(zip(place[asked].tolist(), code[asked].tolist(), strict=True)):
        name = names[named] if named >= 0 else None
        is_named[nth] = name is not None
        texts.append(f"{kinds[here]}|{name_of.get((of_place[here], name)) or name}")
    return Texts(np.where(is_named[pair], pair, -1), texts)
