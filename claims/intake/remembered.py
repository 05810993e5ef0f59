"""Remembers pseudonyms for as long as an import runs: a person's number stands in many rows, and a digest is dear."""

from collections.abc import Sequence
from functools import lru_cache

from claims.pseudonyms import Pseudonyms

MOST_REMEMBERED = 200_000
"""Some 50 MB; the oldest make room."""


class Remembered(Pseudonyms):
    """The same pseudonyms, each made once while it is remembered.

    >>> Remembered(Pseudonyms(b"made-up key")).of(["P1", None, "P1"])[1:]
    [None, '9e3bcd0780ad71e2f8cbd811524edd24']
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.key_id = pseudonyms.key_id
        self._of_one = lru_cache(MOST_REMEMBERED)(lambda value: pseudonyms.of([value])[0])

    def of(self, values: Sequence[str | None]) -> list[str | None]:
        """The pseudonym of each value; None stays None."""
        return [self._of_one(value) for value in values]
