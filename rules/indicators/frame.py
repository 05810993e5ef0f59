"""The frame of an indicator: two numbers for each institution and month, and the share that the first is of the second.

An indicator says nothing about a claim: it names whom to look at, and refuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.lookup import Codes
from claims.tables import Array, Columns
from rules.library.national import NationalRule, national_rules

FEN, STAYS = "fen", "stays"
"""What an indicator counts."""


@dataclass(frozen=True)
class Period:
    """What indicators look at.

    Attributes:
        money: sums of fee lines, r rows: institution_id, month (since 1970), item_kind, charge_type, is_ct, is_mri,
            amount_fen; what was given back is taken off in its own month.
        stays: s stays, each once: patient_id, institution_id, admitted_on, discharged_on, is_cycle (treatment that
            comes back by plan). They reach back before the period as far as readmissions look.
        first_month, last_month: of the period, months since 1970.
    """

    money: Columns
    stays: Columns
    first_month: int
    last_month: int


@dataclass(frozen=True)
class Figures:
    """f institutions and months.

    Attributes:
        institution: (f,) their ids.
        month: (f,) months since 1970.
        part, whole: (f,) numerator and denominator, in the unit of the indicator.
    """

    institution: Array
    month: Array
    part: Array
    whole: Array

    @property
    def share(self) -> Array:
        """(f,) part of whole, NaN where there is nothing."""
        whole = np.where(self.whole > 0, self.whole, 1)
        return np.where(self.whole > 0, self.part / whole, np.nan)


@dataclass(frozen=True)
class Indicator:
    """One indicator of the national library.

    Attributes:
        code: its national code.
        unit: FEN or STAYS.
        of: what makes its figures.
        needs: the kind of knowledge points that lists its items; None for none.
    """

    code: str
    unit: str
    of: Callable[[Period], Figures]
    needs: str | None = None

    @property
    def named(self) -> NationalRule:
        """Its entry in the library's list."""
        return next(each for each in national_rules() if each.code == self.code)


def added_up(institution: Array, month: Array, part: Array, whole: Array) -> Figures:
    """Rows of the same institution and month together."""
    if not len(institution):
        return Figures(institution, month, part, whole)
    keys = list(zip(institution.tolist(), month.tolist(), strict=True))
    of = Codes(keys).of_rows
    _, first = np.unique(of, return_index=True)
    sums = np.zeros((2, len(first)), dtype=np.int64)
    for total, column in zip(sums, (part, whole), strict=True):
        np.add.at(total, of, column)
    return Figures(institution[first], month[first], sums[0], sums[1])
