"""Tells what a group takes beyond its own need: resale-prone drugs, too much of them, without a diagnosis."""

from __future__ import annotations

from math import fsum

import numpy as np

from claims.lookup import holds_on
from claims.tables import Array
from graphs.codes import DayCounts
from graphs.taking import Taking

WINDOW_DAYS = 180
"""Links, supply and diagnoses of the last 180 days count, undecayed: six rounds of a monthly collection."""

ALLOWANCE_DAYS, LONG_ALLOWANCE_DAYS = 28, 84


class Judge:
    """Looks at groups in the columns of one batch; holds them sorted for quick slices.

    Args:
        taking: what each claim took.
    """

    def __init__(self, taking: Taking) -> None:
        self.taking = taking
        sold, resale = np.flatnonzero(taking.is_settlement), np.flatnonzero(taking.is_settlement & taking.has_resale)
        self._sold = DayCounts(taking.institution[sold], taking.known_day[sold])
        self._sold_resale = DayCounts(taking.institution[resale], taking.known_day[resale])
        diagnosed = np.flatnonzero(taking.has_diagnosis)
        self._diagnosed = DayCounts(taking.patient[diagnosed], taking.known_day[diagnosed])
        # Whether the source tells of such things at all is asked of the days before a group's evidence, as all else is:
        # a night must not change when the first of them is uploaded later, nor when old ones are no longer read.
        supplied = taking.supply_row[taking.supply_days > 0]
        self._resale_days, self._diagnosis_days, self._supply_days = (
            np.sort(taking.known_day[rows]) for rows in (resale, diagnosed, supplied)
        )

    def paid(self, claim_rows: Array, until: int) -> int:
        """Fen that funds and accounts paid for these claims, without what was given back before the day `until`."""
        taken_back = claim_rows[self.taking.returned_day[claim_rows] < until].tolist()
        returned = sum(fen for row in taken_back for day, fen in self.taking.returns[row] if day < until)
        return int(self.taking.amount_fen[claim_rows].sum()) - returned

    def resale(self, claim_rows: Array, until: int) -> float | None:
        """Share of evidence claims with a resale-prone drug, above the share that the same places sell to anybody."""
        taking = self.taking
        if not _any_in_window(self._resale_days, until):
            return None
        places = taking.institution[claim_rows]
        asked = np.full(len(places), until - 1, dtype=np.int64)
        everyone = self._sold.within(places, asked, WINDOW_DAYS)
        resale = self._sold_resale.within(places, asked, WINDOW_DAYS)
        usual = fsum((resale / np.maximum(everyone, 1)).tolist()) / max(len(places), 1)  # the same in any order
        share = float(np.mean(taking.has_resale[claim_rows]))
        return max(0.0, (share - usual) / max(1.0 - usual, 1e-9))

    def over_supply(self, members: Array, until: int) -> float | None:
        """Share of the members who bought resale-prone drugs of one class faster than they can be used up.

        Bought before the last purchase, against the days from the first to the last and an allowance for a reserve.
        """
        if not _any_in_window(self._supply_days, until):
            return None
        first, last = self.taking.long_from[members], self.taking.long_until[members]
        is_long = holds_on(first, last, np.full(len(members), until - 1))
        allowances = np.where(is_long, LONG_ALLOWANCE_DAYS, ALLOWANCE_DAYS).tolist()
        asked = zip(members.tolist(), allowances, strict=True)
        return float(np.mean([self._is_over_supplied(member, until, allowance) for member, allowance in asked]))

    def _is_over_supplied(self, member: int, until: int, allowance: int) -> bool:
        taking = self.taking
        start, stop = np.searchsorted(taking.supply_patient, [member, member + 1])
        rows = np.arange(start, stop)
        claims = taking.supply_row[rows]
        seen = (taking.known_day[claims] < until) & (taking.returned_day[claims] >= until)
        rows = rows[seen & (taking.supply_day[rows] >= until - WINDOW_DAYS)]
        for drug_class in np.unique(taking.supply_class[rows]):
            of_class = rows[taking.supply_class[rows] == drug_class]
            days, supply = taking.supply_day[of_class], taking.supply_days[of_class]
            if supply[days < days[-1]].sum() > days[-1] - days[0] + allowance:
                return True
        return False

    def no_diagnosis(self, claim_rows: Array, until: int) -> float | None:
        """Share of evidence claims with resale-prone drugs whose patient has no diagnosis and no registered disease."""
        taking = self.taking
        rows = claim_rows[taking.has_resale[claim_rows]]
        if not len(rows) or not (taking.is_chronic.any() or _any_in_window(self._diagnosis_days, until)):
            return None
        patients = taking.patient[rows]
        diagnosed = self._diagnosed.within(patients, np.full(len(rows), until - 1), WINDOW_DAYS) > 0
        return float(np.mean(~diagnosed & ~taking.is_chronic[patients]))

    def apart(self, members: Array) -> float | None:
        """Share of member pairs that live in other areas or, in one area, work for other employers."""
        area, employer = self.taking.area[members], self.taking.employer[members]
        left, right = np.triu_indices(len(members), 1)
        known = ((area[left] >= 0) & (area[right] >= 0)) | ((employer[left] >= 0) & (employer[right] >= 0))
        if not known.any():
            return None
        other_area = (area[left] != area[right]) & (area[left] >= 0) & (area[right] >= 0)
        other_employer = (employer[left] != employer[right]) & (employer[left] >= 0) & (employer[right] >= 0)
        return float(np.mean((other_area | other_employer)[known]))


def _any_in_window(sorted_days: Array, until: int) -> bool:
    """Whether any of the days is among the last ones before `until`."""
    return bool(np.searchsorted(sorted_days, until) > np.searchsorted(sorted_days, until - WINDOW_DAYS))
