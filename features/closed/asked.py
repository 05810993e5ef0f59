"""By what the asked claims look up: the texts that pages and members are called, and which claims use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from claims.lazy import coded, kept_with
from claims.lookup import is_given
from claims.tables import Array, Columns
from features.institutions import kinds_and_levels
from features.rows import Rows
from features.sorting import different_pairs

EVERYWHERE = ""
"""The page or member of all."""


class Texts(NamedTuple):
    """One text for each of some rows.

    Attributes:
        code: places in `texts`, -1 for no text.
        texts: may hold one text twice, and None for no text.
    """

    code: Array
    texts: Sequence[str | None]


def diagnoses(rows: Rows) -> Texts:
    """The group of each diagnosis: the first three characters of its code."""
    return rows.once("closed", "diagnoses", lambda: _diagnoses(rows))  # type: ignore[no-any-return]


def _diagnoses(rows: Rows) -> Texts:
    column = coded(rows.batch.diagnoses, "code")
    return Texts(column.codes, [str(text)[:3] for text in column.texts])


def peers(rows: Rows) -> Texts:
    """Kind and level of each institution of the frame."""
    texts = [f"{kind}|{level}" for kind, level in kinds_and_levels(rows)]
    code_of = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    return Texts(np.array([code_of[text] for text in texts], dtype=np.int64), list(code_of))


def _names(table: Columns) -> dict[tuple[str, str], str]:
    """The name of each department by institution and code."""
    named = np.flatnonzero(is_given(table["name"]))
    order = named[
        np.argsort(table["valid_from"][named], kind="stable")
    ]  # of several periods the last one says the name
    pairs = zip(table["institution_id"][order].tolist(), table["department_id"][order].tolist(), strict=True)
    return dict(zip(pairs, table["name"][order].tolist(), strict=True))


def departments(rows: Rows) -> Texts:
    """Kind of institution, and name of the department (else its code), of each asked claim that names a department."""
    (place, places), (code, codes) = rows.numbers("institution_id"), rows.numbers("department_id")
    table = rows.context.departments
    asked, of_claim = rows.at, np.zeros(1, dtype=np.int64)
    if len(asked) > 1:
        different, of_claim = different_pairs(place[asked], code[asked])
        asked = asked[different]
    name_of = kept_with(table, "names", lambda: _names(table))
    kinds, ids, names = [kind for kind, _ in kinds_and_levels(rows)], list(places), [*codes, None]
    texts: list[str | None] = []
    for here, name in zip(place[asked].tolist(), map(names.__getitem__, code[asked].tolist()), strict=True):
        texts.append(None if name is None else f"{kinds[here]}|{name_of.get((ids[here], name)) or name}")
    return Texts(of_claim, texts)
