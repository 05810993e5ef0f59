"""Scores a group: structure says that it moves together, what it takes says collectors or family."""

from dataclasses import dataclass, field

import numpy as np

from claims.lookup import holds_on
from claims.tables import Array
from graphs.codes import DayCounts
from graphs.links import JointDays
from graphs.taking import Taking

WINDOW_DAYS = 180
"""Links, supply and diagnoses of the last 180 days count, undecayed: six rounds of a monthly collection."""

LEAST_JOINT_DAYS = 3
"""Twice may be chance or a joint trip; a group is judged from its third day on."""

RING_SCORE_LEAST = 0.4
"""From here on a group is called a ring: about half of the grounds below at full strength."""

GROUNDS = {"resale": 0.25, "over_supply": 0.25, "no_diagnosis": 0.20, "places": 0.15, "apart": 0.15}
"""Weights of the grounds. What is taken counts twice: households also go together, to one or two places."""

ALLOWANCE_DAYS, LONG_ALLOWANCE_DAYS = 28, 84


@dataclass(frozen=True)
class Group:
    """One dense group with what makes it suspicious.

    Attributes:
        members: sorted patient codes.
        score: 0..1.
        joint_days: distinct days with a joint swipe inside the group.
        money_fen: paid by funds and accounts for the evidence claims, returns taken off.
        claim_rows: sorted rows of the evidence claims.
        evidence_day: data known before this day gave the score.
        grounds: each of GROUNDS in 0..1 (missing when nothing is known about it), and further facts.
    """

    members: Array
    score: float
    joint_days: int
    money_fen: int
    claim_rows: Array
    evidence_day: int
    grounds: dict[str, float]
    facts: dict[str, float] = field(default_factory=dict)


class Judge:
    """Scores groups from the columns of one batch; holds them sorted for quick slices.

    Args:
        taking: what each claim took.
        joint: the joint days of the same batch.
    """

    def __init__(self, taking: Taking, joint: JointDays) -> None:
        self.taking, self.joint = taking, joint
        sold, resale = np.flatnonzero(taking.is_settlement), np.flatnonzero(taking.is_settlement & taking.has_resale)
        self._sold = DayCounts(taking.institution[sold], taking.known_day[sold])
        self._sold_resale = DayCounts(taking.institution[resale], taking.known_day[resale])
        diagnosed = np.flatnonzero(taking.has_diagnosis)
        self._diagnosed = DayCounts(taking.patient[diagnosed], taking.known_day[diagnosed])
        self._knows_diagnoses = bool(len(diagnosed)) or bool(taking.is_chronic.any())

    def group(self, members: Array, rows: Array) -> Group:
        """Judge one group.

        A pure function of the members and their joint days: facts are taken as known when the newest of these days
        became known, so that a group whose joint days did not change keeps its score.

        Args:
            members: sorted patient codes.
            rows: rows of the joint days inside the group that are in the window.
        """
        joint, taking = self.joint, self.taking
        claim_rows = np.unique(np.concatenate([joint.left_row[rows], joint.right_row[rows]]))
        until = int(joint.known_day[rows].max()) + 1
        standing = claim_rows[taking.returned_day[claim_rows] >= until]
        days = len(np.unique(joint.day[rows]))
        grounds = {
            "resale": self._resale(claim_rows, until),
            "over_supply": self._over_supply(members, until),
            "no_diagnosis": self._no_diagnosis(standing, until),
            "places": self._places(rows),
            "apart": self._apart(members),
        }
        known = {name: value for name, value in grounds.items() if value is not None}
        nats = float(joint.surprise[rows].sum()) / max(len(np.unique(joint.pair[rows])), 1)
        structure = 1.0 - float(np.exp(-nats / 10.0))
        taken = sum(GROUNDS[name] * value for name, value in known.items()) / sum(GROUNDS[name] for name in known)
        return Group(
            members=members,
            score=structure * taken if days >= LEAST_JOINT_DAYS else 0.0,
            joint_days=days,
            money_fen=int(taking.amount_fen[claim_rows].sum()) - self._returned(claim_rows, until),
            claim_rows=claim_rows,
            evidence_day=until,
            grounds=known,
            facts={"structure": structure, "institutions": float(len(self._institutions(rows)))},
        )

    def _returned(self, claim_rows: Array, until: int) -> int:
        """Fen given back on these claims, as known before the day `until`."""
        taken_back = claim_rows[self.taking.returned_day[claim_rows] < until].tolist()
        return sum(fen for row in taken_back for day, fen in self.taking.returns[row] if day < until)

    def _resale(self, claim_rows: Array, until: int) -> float | None:
        """Share of evidence claims with a resale-prone drug, above the share that the same places sell to anybody."""
        taking = self.taking
        if not taking.has_resale.any():
            return None
        places = taking.institution[claim_rows]
        asked = np.full(len(places), until - 1, dtype=np.int64)
        everyone = self._sold.within(places, asked, WINDOW_DAYS)
        resale = self._sold_resale.within(places, asked, WINDOW_DAYS)
        usual = float(np.mean(resale / np.maximum(everyone, 1)))
        share = float(np.mean(taking.has_resale[claim_rows]))
        return max(0.0, (share - usual) / max(1.0 - usual, 1e-9))

    def _over_supply(self, members: Array, until: int) -> float | None:
        """Share of the members who bought resale-prone drugs of one class faster than they can be used up.

        Bought before the last purchase, against the days from the first to the last and an allowance for a reserve.
        """
        if not self.taking.supply_days.any():
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

    def _no_diagnosis(self, claim_rows: Array, until: int) -> float | None:
        """Share of evidence claims with resale-prone drugs whose patient has no diagnosis and no registered disease."""
        taking = self.taking
        rows = claim_rows[taking.has_resale[claim_rows]]
        if not len(rows) or not self._knows_diagnoses:
            return None
        patients = taking.patient[rows]
        diagnosed = self._diagnosed.within(patients, np.full(len(rows), until - 1), WINDOW_DAYS) > 0
        return float(np.mean(~diagnosed & ~taking.is_chronic[patients]))

    def _institutions(self, rows: Array) -> Array:
        """Joint swipes by institution, only those with any."""
        return np.unique(self.taking.institution[self.joint.left_row[rows]], return_counts=True)[1]

    def _places(self, rows: Array) -> float:
        """0 when one institution saw all joint swipes, 1 when none saw more than a third."""
        counts = self._institutions(rows)
        return min(1.0, 1.5 * (1.0 - float(counts.max()) / float(counts.sum())))

    def _apart(self, members: Array) -> float | None:
        """Share of member pairs that live in other areas or, in one area, work for other employers."""
        area, employer = self.taking.area[members], self.taking.employer[members]
        left, right = np.triu_indices(len(members), 1)
        known = ((area[left] >= 0) & (area[right] >= 0)) | ((employer[left] >= 0) & (employer[right] >= 0))
        if not known.any():
            return None
        other_area = (area[left] != area[right]) & (area[left] >= 0) & (area[right] >= 0)
        other_employer = (employer[left] != employer[right]) & (employer[left] >= 0) & (employer[right] >= 0)
        return float(np.mean((other_area | other_employer)[known]))
