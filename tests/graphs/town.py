"""A made-up town for tests: visits written down one by one, turned into the columns that links read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from claims.batch import ClaimBatch, empty_batch
from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.store.columns import join
from claims.tables import CATALOGUE, CLAIMS, DIAGNOSES, INSTITUTIONS, LINES, MISSING, PATIENTS, Array, Kind, Table
from graphs.read import Source

FIRST_DAY = 19_723  # 2024-01-01
RESALE, PLAIN = "XC99ZZA999A001010199999", "XA99ZZA999A001010199998"


@dataclass
class Town:
    """Collects visits; `source()` turns them into columns."""

    claims: list[dict[str, object]] = field(default_factory=list)
    lines: list[dict[str, object]] = field(default_factory=list)
    diagnoses: list[dict[str, object]] = field(default_factory=list)
    patients: dict[str, dict[str, object]] = field(default_factory=dict)

    def visit(
        self,
        patient: str,
        place: str,
        day: int,
        minute: float,
        item: str = PLAIN,
        supply: int = 28,
        known_after: int = 60,
        diagnosis: bool = False,
        **more: object,
    ) -> str:
        """One settlement `minute` minutes after midnight of the town's day `day`; returns its claim id."""
        name = f"C{len(self.claims):06d}"
        at = (FIRST_DAY + day) * DAY - AREA_OFFSET_SECONDS + int(minute * 60)
        self.claims.append(
            {
                "claim_id": name, "kind": "settlement", "patient_id": patient, "institution_id": place,
                "channel": "networked", "benefit_kind": "personal_account", "is_emergency": False, "settled_at": at,
                "known_at": at + known_after, "known_at_source": "test", "total_fen": 10_000, "fund_fen": 6_000,
                "account_fen": 4_000, "cash_fen": 0, "recorded_order": len(self.claims) + 1, "source": "test", **more,
            }
        )  # fmt: skip
        self.lines.append(
            {
                "claim_id": name, "line_number": 1, "item_code": item, "item_kind": "drug", "quantity_e4": 10_000,
                "unit_price_micro_yuan": 100_000_000, "amount_fen": 10_000, "days_of_supply": supply,
            }
        )  # fmt: skip
        if diagnosis:
            row = {"claim_id": name, "sequence": 1, "code": "I10", "is_main": True, "is_admission": False}
            self.diagnoses.append(row)
        self.patients.setdefault(patient, {"patient_id": patient})
        return name

    def reverse(self, claim_id: str, day: int) -> None:
        """Take a whole claim back on a later day."""
        old = next(row for row in self.claims if row["claim_id"] == claim_id)
        at = (FIRST_DAY + day) * DAY - AREA_OFFSET_SECONDS + 50_000
        new = {"claim_id": f"{claim_id}R", "kind": "reversal", "reverses_claim_id": claim_id, "settled_at": at,
               "known_at": at, "total_fen": -10_000, "fund_fen": -6_000, "account_fen": -4_000,
               "recorded_order": len(self.claims) + 1}  # fmt: skip
        self.claims.append({**old, **new})

    def about(self, patient: str, **facts: object) -> None:
        """Register facts about a patient."""
        self.patients.setdefault(patient, {"patient_id": patient}).update(facts)

    def traffic(self, place: str, days: int, a_day: int, seed: int, customers: int = 300) -> None:
        """Strangers who come at random moments between 8 and 20 o'clock."""
        random = np.random.default_rng(seed)
        for day in range(days):
            for _ in range(a_day):
                who = f"{place}-customer-{random.integers(customers)}"
                self.visit(who, place, day, random.uniform(480, 1200), diagnosis=bool(random.random() < 0.5))

    def source(self) -> Source:
        """What the build would read from the store."""
        batch = self.batch()
        places = sorted({str(row["institution_id"]) for row in self.claims})
        institutions = [
            {
                "institution_id": name,
                "kind": "pharmacy" if "shop" in name else "hospital",
            }
            for name in places
        ]
        items = [
            {"item_code": RESALE, "item_kind": "drug", "is_resale_prone": True, "valid_from": 0},
            {"item_code": PLAIN, "item_kind": "drug", "is_resale_prone": False, "valid_from": 0},
        ]
        patients = [self.patients[name] for name in sorted(self.patients)]
        return Source(batch, table(PATIENTS, patients), table(INSTITUTIONS, institutions), table(CATALOGUE, items))

    def batch(self) -> ClaimBatch:
        """The claims with lines and diagnoses."""
        if not self.claims:
            return empty_batch()
        return join(table(CLAIMS, self.claims), table(LINES, self.lines), table(DIAGNOSES, self.diagnoses))


def table(spec: Table, rows: Sequence[dict[str, object]]) -> dict[str, Array]:
    """Rows as the columns of a table; what a row leaves out is missing."""
    columns = {}
    for column in spec.columns:
        array = np.empty(len(rows), dtype=column.kind.array_type)
        missing: object = None if column.kind is Kind.TEXT else MISSING
        array[:] = [row.get(column.name, missing) for row in rows]
        columns[column.name] = array
    return columns


def collectors(town: Town, cards: Sequence[str], shops: Sequence[str], days: Sequence[int], most: int = 99) -> None:
    """One hand swipes cards a minute apart, taking resale-prone drugs; strangers to each other, without diagnoses."""
    for number, card in enumerate(cards):
        town.about(card, area=f"area-{number % 5}", employer_id=f"employer-{number}")
    for turn, day in enumerate(days):
        used = [cards[(turn + step) % len(cards)] for step in range(min(most, len(cards)))]
        for step, card in enumerate(used):
            town.visit(card, shops[turn % len(shops)], day, 600 + 37 * (turn % 5) + step, RESALE, supply=60)


def family(town: Town, name: str, members: int, shop: str, days: Sequence[int]) -> None:
    """A household that fetches its own chronic drugs together at one shop."""
    for number in range(members):
        person = f"{name}-{number}"
        town.about(person, area="area-1", chronic_conditions="hypertension")
        for turn, day in enumerate(days):
            item, fen = RESALE if number == 0 else PLAIN, 3_700 + 1_900 * number + 130 * turn
            town.visit(person, shop, day, 560 + 11 * (turn % 7) + number, item, total_fen=fen)
