"""Steered prescriptions: patients of one doctor who all fetch dear drugs at one pharmacy, as the colleagues' do not."""

from __future__ import annotations

from typing import Literal

import numpy as np

from claims.clock import DAY
from claims.tables import Array
from graphs.codes import distinct
from graphs.facts import Facts
from graphs.group import Group, joined, known_grounds, saturating, weighted
from graphs.judge import WINDOW_DAYS

NAME = "steered_prescriptions"
SOON_SECONDS = 3 * DAY
"""A prescription is fetched within three days (it is valid for one to three)."""
LEAST_PATIENTS = 4
LEAST_FETCHED = 2
"""A member fetched there at least twice."""
LEAST_DAYS = 3
LEAST_NATS = 15.0
PRIOR_PATIENTS = 20
"""So many made-up patients of colleagues go where the whole area goes, until enough real ones are known."""
GROUNDS = {"one_drug": 0.35, "few_doctors": 0.25, "over_supply": 0.40}


class SteeredPrescriptions:
    """Finds the pairs of a doctor and a pharmacy of one day after another.

    Args:
        facts: of the claims.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        taking = facts.taking
        supply = np.flatnonzero(facts.is_pharmacy[taking.institution[taking.supply_row]])
        sale = taking.supply_row[supply]
        visit = self._visit_before(sale)
        soon = visit >= 0
        self._sale, self._visit, self._item = sale[soon], visit[soon], taking.supply_item[supply[soon]]
        self._known = np.maximum(taking.known_day[self._sale], taking.known_day[self._visit])
        self._shop, self._doctor = taking.institution[self._sale], facts.doctor[self._visit]
        self._clinic, self._patient = taking.institution[self._visit], taking.patient[self._sale]

    def _visit_before(self, sale: Array) -> Array:
        """The patient's last visit to a doctor before each sale, if it was soon before; else -1."""
        taking, at = self._facts.taking, self._facts.claims["settled_at"]
        seen = np.flatnonzero(
            taking.is_settlement
            & ~self._facts.is_pharmacy[taking.institution]
            & (self._facts.doctor >= 0)
            & (taking.known_day == taking.day)  # one that is uploaded late must not change whose purchase it was
        )
        if not len(seen) or not len(sale):
            return np.full(len(sale), -1, dtype=np.int64)
        seen = seen[np.lexsort((at[seen], taking.patient[seen]))]
        origin, width = int(at.min()), int(at.max()) - int(at.min()) + 1
        keys = taking.patient[seen] * width + (at[seen] - origin)
        # Where only days are known, the visit of a day comes before what was fetched on it.
        side: Literal["left", "right"] = "left" if self._facts.swipes.has_time else "right"
        place = np.searchsorted(keys, taking.patient[sale] * width + (at[sale] - origin), side) - 1
        visit = seen[np.maximum(place, 0)]
        is_his = (place >= 0) & (taking.patient[visit] == taking.patient[sale])
        return np.where(is_his & (at[sale] - at[visit] <= SOON_SECONDS), visit, -1)

    def find(self, day: int) -> list[Group]:
        """The groups by what was known before `day`, in order of doctor and pharmacy."""
        taking = self._facts.taking
        day_of, back = taking.day[self._sale], taking.returned_day[self._sale]
        rows = np.flatnonzero((self._known < day) & (day_of >= day - WINDOW_DAYS) & (back >= day))
        steered = self._steered(rows)
        groups = []
        for doctor, shop in sorted({(doctor, shop) for doctor, shop, _ in steered}):
            items = [item for who, where, item in steered if (who, where) == (doctor, shop)]
            mine = rows[(self._doctor[rows] == doctor) & (self._shop[rows] == shop)]
            group = self._group(mine, np.array(items), sum(steered[doctor, shop, item] for item in items), day)
            if group is not None:
                groups.append(group)
        return groups

    def _steered(self, rows: Array) -> dict[tuple[int, int, int], float]:
        """The nats of each doctor, pharmacy and drug for which more patients come back than the colleagues' do."""
        taking = self._facts.taking
        keys, count = distinct(self._doctor[rows], self._shop[rows], self._item[rows], self._patient[rows])
        back = keys[:, count >= LEAST_FETCHED]
        clinic_of = np.zeros(len(self._facts.doctor_ids), dtype=np.int64)
        clinic_of[self._doctor[rows]] = self._clinic[rows]
        patients, clinic = distinct(keys[0], keys[3])[0], clinic_of[back[0]]
        of_doctor = np.bincount(patients[0], minlength=len(clinic_of))
        of_clinic = np.bincount(clinic_of[patients[0]], minlength=len(taking.institution_ids))
        at_clinic = _counts(clinic, back[1], back[2])
        anywhere, everyone = _counts(back[1], back[2]), max(int(of_doctor.sum()), 1)
        found = {}
        for (doctor, shop, item), size in _counts(back[0], back[1], back[2]).items():
            home, own = int(clinic_of[doctor]), int(of_doctor[doctor])
            usual = PRIOR_PATIENTS * anywhere[shop, item] / everyone
            colleagues = max(at_clinic[home, shop, item] - size, 0) + usual
            expected = own * colleagues / (max(int(of_clinic[home]) - own, 0) + PRIOR_PATIENTS)
            nats = size * np.log(size / expected) - (size - expected) if size > expected else 0.0
            if size >= LEAST_PATIENTS and nats >= LEAST_NATS:
                found[doctor, shop, item] = float(nats)
        return found

    def _group(self, rows: Array, items: Array, nats: float, day: int) -> Group | None:
        """The patients who came back for the drugs, judged by what they fetched."""
        taking, shop = self._facts.taking, int(self._shop[rows[0]])
        wanted = np.isin(self._item[rows], items)
        who, fetched = np.unique(self._patient[rows[wanted]], return_counts=True)
        members = who[fetched >= LEAST_FETCHED]
        mine = rows[np.isin(self._patient[rows], members)]
        days = len(np.unique(taking.day[self._sale[mine]]))
        if len(members) < LEAST_PATIENTS or days < LEAST_DAYS:
            return None
        claim_rows = np.unique(np.concatenate([self._sale[mine], self._visit[mine]]))
        grounds = known_grounds(
            {
                "one_drug": float(np.isin(self._item[mine], items).mean()),
                "few_doctors": self._share_of_sales(members, shop, items, day),
                "over_supply": self._facts.judge.over_supply(members, day),
            }
        )
        structure = saturating(nats, 20.0)
        return Group(
            kind=NAME,
            members=members,
            score=structure * weighted(grounds, GROUNDS),
            joint_days=days,
            money_fen=self._facts.judge.paid(claim_rows, day),
            claim_rows=claim_rows,
            evidence_day=int(taking.known_day[claim_rows].max()) + 1,
            grounds=grounds,
            facts={"structure": structure, "institutions": float(len(np.unique(taking.institution[claim_rows])))},
        )

    def _share_of_sales(self, members: Array, shop: int, items: Array, day: int) -> float:
        """The members' share of what the pharmacy sells of these drugs."""
        taking = self._facts.taking
        recent = (taking.supply_day >= day - WINDOW_DAYS) & (taking.known_day[taking.supply_row] < day)
        sold = recent & (taking.institution[taking.supply_row] == shop) & np.isin(taking.supply_item, items)
        return float(np.isin(taking.supply_patient[sold], members).mean()) if sold.any() else 0.0


def _counts(*columns: Array) -> dict[tuple[int, ...], int]:
    """How often each combination occurs."""
    keys, counts = distinct(*columns)
    return dict(zip(map(tuple, keys.T.tolist()), counts.tolist(), strict=True))


def says(group: Group) -> tuple[str, str]:
    """Why, in Chinese and English."""
    size, grounds = len(group.members), group.grounds
    zh = [f"同一医师的{size}名患者看诊后三天内都到同一家药店购药，共{group.joint_days}天"]
    en = [f"{size} patients of one doctor fetched drugs at one pharmacy within three days, on {group.joint_days} days"]
    told = {
        "one_drug": ("其中同样一两种药占{:.0%}", "the same one or two drugs make up {:.0%} of it"),
        "few_doctors": ("占该店此药销量的{:.0%}", "{:.0%} of what the pharmacy sells of it"),
        "over_supply": ("{:.0%}的人购药超出用量", "{:.0%} of the persons bought more than they can use"),
    }
    return joined(zh, en, told, grounds)
