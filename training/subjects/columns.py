"""All columns of a subject at a period end: declared features, then distributions, and their fingerprint."""

from __future__ import annotations

import hashlib
from functools import cache

from features.declare import Node, feature_set_fingerprint
from training.institution_link_words import ColumnWords
from training.subjects.declared import declared_of
from training.subjects.distribution import distribution_words
from training.subjects.kinds import Kind

DISTRIBUTIONS = 1
"""Raise when the meaning of a distribution column changes."""


@cache
def columns_of(kind: Kind) -> tuple[ColumnWords, ...]:
    """The k columns of the matrix of one kind of subject."""
    declared = (
        ColumnWords(feature.name, feature.unit, feature.says_zh, feature.says_en) for feature in declared_of(kind)
    )
    return (*declared, *distribution_words(kind))


def names_of(kind: Kind) -> tuple[str, ...]:
    """What the trees read, by name: the k columns, then the isolation forest's score."""
    return (*(column.name for column in columns_of(kind)), f"{kind}_oddness")


@cache
def link_columns(kind: Kind) -> tuple[int, ...]:
    """The places of the columns that links and rings give."""
    return tuple(place for place, feature in enumerate(declared_of(kind)) if isinstance(feature.how, Node))


@cache
def place_of(kind: Kind, name: str) -> int:
    """The place of the column `name` without its kind, such as `amount_sum_365d`."""
    return [column.name for column in columns_of(kind)].index(f"{kind}_{name}")


@cache
def subject_set(kind: Kind) -> str:
    """A short text that changes when the columns of this kind, or their meaning, do (16 hex digits)."""
    words = "\n".join(f"{column.name}|{column.unit}" for column in distribution_words(kind))
    parts = f"{kind}|{feature_set_fingerprint(declared_of(kind))}|distributions {DISTRIBUTIONS}|{words}"
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
