"""Diagnoses of the batch's claims against the codes that knowledge names; a code there is the beginning of others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.lazy import coded
from claims.lookup import is_given
from claims.tables import Array
from rules.facts import Facts
from rules.known import Points, matches

SHORTEST = 3
"""Characters of the shortest code: a category of ICD-10."""
MOST_SHOWN = 5
"""Diagnoses of one claim that a sentence names."""


def beginnings(code: str) -> list[str]:
    """What a table may call a diagnosis: its code and every beginning of it down to the category.

    >>> beginnings("a00.t1")
    ['A00', 'A00.', 'A00.T', 'A00.T1']
    """
    return [code[:end].upper() for end in range(SHORTEST, len(code) + 1)]


def is_diagnosed(facts: Facts, claim: Array) -> Array:
    """Whether claims name any diagnosis; where none is named, nobody can say which one is missing."""
    return (np.bincount(facts.batch.diagnoses["claim_index"], minlength=len(facts.batch)) > 0)[claim]


def points_of_diagnoses(facts: Facts, kind: str) -> Points:
    """The points of a kind that hold for diagnoses of settlements on their days; `line` is a row of the diagnoses."""
    own = coded(facts.batch.diagnoses, "code")
    spelled = [(place, text) for place, code in enumerate(own.texts) for text in beginnings(code)]
    number = facts.known.numbers_of(np.array([text for _, text in spelled], dtype=object))
    of_text = np.array([place for place, _ in spelled], dtype=np.int64)[number >= 0]
    row, place = matches(of_text, own.codes)
    claim = facts.batch.diagnoses["claim_index"][row]
    found = facts.known.points(kind, number[number >= 0][place], facts.served_day[claim])
    points = Points(row[found.line], found.row, found.table)
    return points.where(facts.is_settlement[claim[found.line]])


def has_diagnosis(facts: Facts, points: Points) -> Array:
    """(k,) whether the claim of each line has a diagnosis that begins with one of the codes of its point."""
    found = np.zeros(len(points), dtype=np.bool_)
    at, row = matches(facts.batch.diagnoses["claim_index"], facts.claim_of_line[points.line])
    own = coded(facts.batch.diagnoses, "code")
    found[at[_begin(own.texts, own.codes[row], points.where(at))]] = True
    return found


def begins_with(texts: Array, points: Points) -> Array:
    """Whether each of k texts begins with one of the codes of its point; a missing text begins with nothing."""
    different, own = np.unique(np.where(is_given(texts), texts, "").astype(str), return_inverse=True)
    return _begin(different.tolist(), own, points)


def _begin(texts: Sequence[str], own: Array, points: Points) -> Array:
    """Whether texts, by number, begin with the codes of points; each different pair is compared once."""
    row, of_point = np.unique(points.row, return_inverse=True)
    beginnings_of = [tuple(codes.split(",")) for codes in points.table["codes"][row].tolist()]
    pair, of_pair = np.unique(own * len(row) + of_point, return_inverse=True)
    begins = [texts[each // len(row)].upper().startswith(beginnings_of[each % len(row)]) for each in pair.tolist()]
    return np.array(begins, dtype=np.bool_)[of_pair]


def diagnosis_words(facts: Facts, claim: int) -> str:
    """The first diagnoses of a claim."""
    first, last = np.searchsorted(facts.batch.diagnoses["claim_index"], [claim, claim + 1]).tolist()
    codes = facts.batch.diagnoses["code"][first : min(last, first + MOST_SHOWN)].tolist()
    return "、".join(codes) + ("…" if last - first > MOST_SHOWN else "")
