"""By what the asked claims and their lines look up: item, class, diagnosis, institution, peers, age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.lookup import last_row_of
from claims.tables import Array
from features.closed.lookup import Keys, same
from features.closed.tables import AGES
from features.doses import line_class_texts
from features.items import line_items
from features.own import age, of_patient
from features.rows import Rows, number


@dataclass(frozen=True)
class Lines:
    """Rows that belong to asked claims.

    Attributes:
        row: (m,) places in the frame's lines (or diagnoses).
        claim: (m,) places in `rows.at`.
    """

    row: Array
    claim: Array


def lines_of(rows: Rows) -> Lines:
    """The lines of the asked claims."""
    return rows.once("closed", "lines", lambda: _children(rows, rows.line_row))  # type: ignore[no-any-return]


def diagnoses_of(rows: Rows) -> Lines:
    """The diagnoses of the asked claims."""
    return rows.once("closed", "diagnoses", lambda: _children(rows, rows.batch.diagnoses["claim_index"]))  # type: ignore[no-any-return]


def _children(rows: Rows, parent: Array) -> Lines:
    place = np.full(len(rows.is_settlement), -1, dtype=np.int64)
    place[rows.at] = np.arange(len(rows.at))
    claim = place[parent]
    row = np.flatnonzero(claim >= 0)
    return Lines(row, claim[row])


def known_at(rows: Rows) -> Array:
    """When each asked claim became known."""
    return np.asarray(rows.claims["known_at"][rows.at])


def keys_of(texts: Array) -> Keys:
    """Texts as keys; None has none."""
    codes, numbers = number(texts)
    return Keys(codes, [str(text) for text in numbers])


def institution(rows: Rows) -> Keys:
    """The institution of each asked claim."""
    codes, numbers = rows.numbers("institution_id")
    return Keys(codes[rows.at], [str(text) for text in numbers])


def doctor(rows: Rows) -> Keys:
    """The doctor of each asked claim."""
    codes, numbers = rows.numbers("doctor_id")
    return Keys(codes[rows.at], [str(text) for text in numbers])


def item(rows: Rows) -> Keys:
    """The item of each asked line."""
    codes, numbers = line_items(rows)
    return Keys(codes[lines_of(rows).row], [str(text) for text in numbers])


def drug_class(rows: Rows) -> Keys:
    """The drug class of each asked line; none for what is not a drug."""
    codes, texts = line_class_texts(rows)
    return Keys(codes[lines_of(rows).row], texts)


def diagnosis(rows: Rows) -> Keys:
    """The group of each diagnosis of the asked claims: the first three characters."""
    codes, numbers = number(rows.batch.diagnoses["code"][diagnoses_of(rows).row])
    groups, texts = number(np.array([str(code)[:3] for code in numbers], dtype=object))
    return Keys(groups[codes] if len(groups) else codes, [str(text) for text in texts])


def main_diagnosis(rows: Rows) -> Keys:
    """The group of the main diagnosis of each asked claim, else of its first; `none` without any."""
    asked, groups = diagnoses_of(rows), diagnosis(rows)
    columns = rows.batch.diagnoses
    order = np.lexsort((columns["sequence"][asked.row], ~columns["is_main"][asked.row], asked.claim))
    claim, first = np.unique(asked.claim[order], return_index=True)
    codes = np.full(len(rows.at), len(groups.texts), dtype=np.int64)
    codes[claim] = groups.codes[order][first]
    return Keys(codes, [*groups.texts, "none"])


def peers(rows: Rows) -> Keys:
    """Kind and level of the institution of each asked claim."""
    return rows.once("closed", "peers", lambda: _of_institution(rows, ("kind", "level")))  # type: ignore[no-any-return]


def _of_institution(rows: Rows, columns: Sequence[str]) -> Keys:
    names = institution(rows)
    table = rows.context.institutions
    found = last_row_of(table["institution_id"], np.array(names.texts, dtype=object))
    texts = ["|".join((table[column][row] or "") if row >= 0 else "" for column in columns) for row in found.tolist()]
    groups = keys_of(np.array(texts, dtype=object))
    return Keys(groups.codes[names.codes] if len(texts) else names.codes, groups.texts)


def department(rows: Rows) -> Keys:
    """Kind of institution, and name of the department (else its code); none for a claim that names no department."""
    table, at = rows.context.departments, rows.at
    name_of = dict(zip(zip(table["institution_id"], table["department_id"], strict=True), table["name"], strict=True))
    places, codes = institution(rows), keys_of(rows.claims["department_id"][at])
    width = len(codes.texts)
    both = np.where(codes.codes >= 0, places.codes * width + codes.codes, -1)
    distinct, back = np.unique(both, return_inverse=True)
    named = []
    for pair in distinct.tolist():
        place, code = (places.texts[pair // width], codes.texts[pair % width]) if pair >= 0 else ("", None)
        named.append(name_of.get((place, code)) or code)
    names = keys_of(np.array(named, dtype=object))
    found = names.codes[back] if len(distinct) else back
    return _of_institution(rows, ("kind",)).joined(Keys(found, names.texts))


def benefit(rows: Rows) -> Keys:
    """The benefit that pays each asked claim."""
    codes, numbers = rows.numbers("benefit_kind")
    return Keys(codes[rows.at], [str(text) for text in numbers])


def age_band(rows: Rows) -> Keys:
    """The age band of the patient of each asked claim, -1 for an age that is not known."""
    years = age(rows)[rows.at]
    bands = np.where(years < 0, -1, np.searchsorted(AGES, np.floor(years), side="right"))
    return Keys(bands + 1, [str(band) for band in range(-1, len(AGES) + 1)])


def sex(rows: Rows) -> Keys:
    """The sex of the patient of each asked claim, empty where it is not known."""
    found = of_patient(rows, "sex", None)[rows.at]
    return keys_of(np.where(found == np.array(None), "", found).astype(object))


def everywhere(size: int) -> Keys:
    """The page or member of all."""
    return same("", size)
