"""Planted rings are found with their members; honest groups that go together stay dark."""

from dataclasses import replace

import numpy as np
import pytest

from graphs.columns import columns_of
from graphs.group import RING_SCORE_LEAST
from graphs.read import confirmed_of
from graphs.snapshot import Memory, Night, Roller, nights
from graphs.stable_ids import new_id
from tests.graphs.town import FIRST_DAY, RESALE, Town, collectors, family

SHOPS = ("shop-1", "shop-2", "shop-3")
CARDS = [f"card-{number:02d}" for number in range(8)]
DAYS = [92, 99, 107, 115, 124]


def roll(town: Town, last: int = 140, first: int = 90) -> tuple[Roller, list[Night]]:
    roller = Roller(town.source(), Memory())
    return roller, [roller.night(FIRST_DAY + day) for day in range(first, last)]


def busy_town() -> Town:
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=140, a_day=12, seed=number)
    return town


def value(night: Night, patient: str, name: str) -> float | None:
    names = [column.name for column in columns_of("patient")]
    ids, values = night.changed["patient"]
    row = np.flatnonzero(ids == patient)
    return float(values[row[0], names.index(name)]) if len(row) else None


def score_of(roller: Roller, patient: str) -> float:
    """The newest ring score of a patient."""
    row = int(np.searchsorted(roller.ids["patient"], patient))
    return float(roller._last["patient"][row, 0])


def rings_of(roller: Roller, day: int) -> list[list[str]]:
    groups = roller._collectors.find(FIRST_DAY + day)
    return [roller.ids["patient"][group.members].tolist() for group in groups if group.score >= RING_SCORE_LEAST]


def test_a_planted_ring_is_found_with_exactly_its_members() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    roller, _ = roll(town)
    assert rings_of(roller, 139) == [CARDS]


def test_a_ring_of_changing_subsets_is_found() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, range(92, 136, 4), most=5)
    roller, _ = roll(town)
    assert rings_of(roller, 139) == [CARDS]


def test_the_ring_score_is_zero_before_the_snapshot_after_the_third_joint_day() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    _, made = roll(town)
    first = next(night.day for night in made if value(night, "card-00", "patient_ring_score"))
    assert first == FIRST_DAY + DAYS[2] + 1
    ring_nights = [night.day for night in made if night.rings]
    assert ring_nights[0] == first


def test_a_late_upload_enters_the_snapshot_after_it_became_known() -> None:
    town = busy_town()
    collectors(town, CARDS[:4], SHOPS, DAYS[:3])
    for row in town.claims:
        if str(row["patient_id"]).startswith("card") and row["settled_at"] > (FIRST_DAY + DAYS[2]) * 86_400 - 28_800:
            row["known_at"] = (FIRST_DAY + 120) * 86_400
    _, made = roll(town)
    first = next(night.day for night in made if value(night, "card-00", "patient_ring_score"))
    assert first == FIRST_DAY + 121


def test_families_with_chronic_drugs_stay_dark() -> None:
    town = busy_town()
    for number in range(10):
        family(town, f"family-{number}", 4, SHOPS[number % 3], [91 + number % 5, 98, 112, 119, 126])
    roller, _ = roll(town)
    assert rings_of(roller, 139) == []
    assert score_of(roller, "family-0-1") < 0.6 * RING_SCORE_LEAST


def test_a_nursing_home_that_goes_together_each_month_stays_dark() -> None:
    town = busy_town()
    for number in range(30):
        town.about(f"resident-{number:02d}", area=f"area-{number % 4}", chronic_conditions="hypertension")
    for day in (10, 38, 66, 94, 122):
        for number in range(30):
            town.visit(f"resident-{number:02d}", "shop-1", day, 600 + number / 2, RESALE if number % 2 else "XA99")
    roller, _ = roll(town)
    assert rings_of(roller, 139) == []


def test_dialysis_shifts_stay_dark() -> None:
    town = Town()
    for day in range(0, 140, 2):
        for number in range(12):
            town.visit(f"renal-{number:02d}", "hospital-1", day, 480 + number / 3, diagnosis=True)
    roller, _ = roll(town)
    assert rings_of(roller, 139) == []
    assert score_of(roller, "renal-00") < RING_SCORE_LEAST / 4


def test_a_busy_noon_links_few_strangers() -> None:
    town = Town()
    random = np.random.default_rng(5)
    for day in range(120):
        for who in random.choice(150, size=60, replace=False):
            town.visit(f"patient-{who:03d}", "hospital-1", day, 720 + random.uniform(0, 20), RESALE)
    roller, _ = roll(town, last=121, first=120)
    assert rings_of(roller, 120) == []


def test_a_ring_keeps_its_id_when_it_gains_a_member_and_while_it_rests() -> None:
    town = busy_town()
    collectors(town, CARDS[:5], SHOPS, [42, 45, 49])
    collectors(town, CARDS[:6], SHOPS, [90, 94, 98, 102])
    roller, made = roll(town, last=140, first=1)
    ids = {ring_id for night in made for ring_id, _ in night.rings}
    assert ids == {new_id("card_collectors", CARDS[:5], FIRST_DAY + 50)}
    assert rings_of(roller, 139) == [CARDS[:6]]


def test_links_leave_the_window_and_the_ring_ends() -> None:
    town = busy_town()
    collectors(town, CARDS[:5], SHOPS, [42, 45, 49])
    town.visit("late", "shop-1", 300, 600)
    _, made = roll(town, last=300, first=1)
    ended = [(night.day - FIRST_DAY, night.ended) for night in made if night.ended]
    assert len(ended) == 1
    assert ended[0][0] == 42 + 181  # the first joint day left the window, two remain
    last = {}
    for night in made:
        if value(night, "card-00", "patient_ring_score") is not None:
            last = {name: value(night, "card-00", name) for name in ("patient_ring_score", "patient_ring_size")}
    assert last == {"patient_ring_score": 0.0, "patient_ring_size": 0.0}


def test_returned_drugs_are_no_money_of_the_ring() -> None:
    town = busy_town()
    collectors(town, CARDS[:5], SHOPS, DAYS[:3])
    first = next(str(row["claim_id"]) for row in town.claims if row["patient_id"] == "card-00")
    _, made = roll(town)
    full = next(ring for night in made for _, ring in night.rings)
    town.reverse(first, DAYS[1])
    _, made = roll(town)
    less = next(ring for night in made for _, ring in night.rings)
    assert full.money_fen == 15 * 10_000
    assert less.money_fen == 14 * 10_000


def test_a_later_part_refund_is_no_refund_yet() -> None:
    town = busy_town()
    collectors(town, CARDS[:5], SHOPS, DAYS[:3])
    first = next(str(row["claim_id"]) for row in town.claims if row["patient_id"] == "card-00")
    for number, day in enumerate((DAYS[1], DAYS[2] + 5)):
        town.reverse(first, day)
        town.claims[-1].update(claim_id=f"part-{number}", fund_fen=-1_000, account_fen=0)
    _, made = roll(town)
    ring = next(ring for night in made for _, ring in night.rings)
    assert ring.money_fen == 15 * 10_000 - 1_000


def test_claims_of_tomorrow_change_no_snapshot_of_today() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    town.claims = [row for row in town.claims if int(str(row["known_at"])) < (FIRST_DAY + 108) * 86_400 - 28_800]
    kept = {row["claim_id"] for row in town.claims}
    town.lines = [row for row in town.lines if row["claim_id"] in kept]
    town.diagnoses = [row for row in town.diagnoses if row["claim_id"] in kept]
    _, short = roll(town, last=109)
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    _, whole = roll(town, last=109)
    for ours, theirs in zip(short, whole, strict=True):
        for kind in ours.changed:
            assert as_dict(ours, kind) == as_dict(theirs, kind)


def test_a_list_of_resale_drugs_that_begins_tomorrow_changes_nothing_of_today() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    source = town.source()
    begins = np.where(source.catalogue["is_resale_prone"], FIRST_DAY + 200, 0)
    later = replace(source, catalogue={**source.catalogue, "valid_from": begins})
    assert not Roller(later, Memory()).facts.taking.has_resale.any()
    assert Roller(source, Memory()).facts.taking.has_resale.any()


@pytest.mark.parametrize(
    ("approval", "over_supplied"),
    [
        ({}, 1.0),
        ({"long_prescription_from": FIRST_DAY + DAYS[2]}, 0.0),
        ({"long_prescription_from": FIRST_DAY + DAYS[2] + 1}, 1.0),
        ({"long_prescription_from": FIRST_DAY, "long_prescription_until": FIRST_DAY + DAYS[2] - 1}, 1.0),
    ],
)
def test_a_ring_is_judged_by_the_approvals_of_the_day_of_its_evidence(
    approval: dict[str, int], over_supplied: float
) -> None:
    town = busy_town()
    collectors(town, CARDS[:5], SHOPS, DAYS[:3])
    for line in town.lines:
        line["days_of_supply"] = 40  # twice in fifteen days: more than with 28 days at home, less than with 84
    for card in CARDS[:5]:
        town.about(card, **approval)
    _, made = roll(town)
    _, ring = next(night.rings[0] for night in made if night.rings)
    assert ring.grounds["over_supply"] == over_supplied


def as_dict(night: Night, kind: str) -> dict[str, list[float]]:
    ids, values = night.changed[kind]  # type: ignore[index]
    return dict(zip(ids.tolist(), values.tolist(), strict=True))


@pytest.mark.parametrize("shuffle", [1, 2])
def test_the_order_of_the_rows_changes_nothing(shuffle: int) -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    _, straight = roll(town, last=130)
    np.random.default_rng(shuffle).shuffle(town.claims)
    _, mixed = roll(town, last=130)
    for ours, theirs in zip(straight, mixed, strict=True):
        assert [name for name, _ in ours.rings] == [name for name, _ in theirs.rings]
        for kind in ours.changed:
            assert as_dict(ours, kind) == as_dict(theirs, kind)


def test_closeness_to_a_confirmed_case_begins_when_it_is_known_and_leaves_out_the_own_case() -> None:
    town = busy_town()
    collectors(town, CARDS, SHOPS, DAYS)
    known, replaced = ((FIRST_DAY + day) * 86_400 - 28_800 for day in (125, 130))
    source = replace(town.source(), confirmed=confirmed_of([(CARDS[0], known, replaced)]))
    roller = Roller(source, Memory())
    seen = {}
    for day in range(110, 134):
        night = roller.night(FIRST_DAY + day)
        seen |= {card: now for card in CARDS if (now := value(night, card, "patient_confirmed_closeness")) is not None}
        is_known = 125 < day <= 130
        assert seen.get(CARDS[0], 0.0) == 0.0
        assert seen.get(CARDS[1], 0.0) == float(is_known)
    assert seen[CARDS[1]] == 0.0


def test_a_town_without_claims_has_quiet_nights() -> None:
    _, made = roll(Town(), last=93)
    assert all(not len(ids) for night in made for ids, _ in night.changed.values())


def test_weekly_nights_are_mondays() -> None:
    assert nights(FIRST_DAY, FIRST_DAY + 14, "weekly") == [FIRST_DAY, FIRST_DAY + 7, FIRST_DAY + 14]  # a Monday
