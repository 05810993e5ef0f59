"""The rows of subjects at period ends: the kernel's own columns, and nothing that was known later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from claims.clock import DAY, start_of_day, to_moment
from claims.tables import Array
from features.catalogue import FEATURES
from features.compute import compute
from tests.features.judged import judged, made_up_findings
from tests.features.made import OTHER, Line, Made, batch_of
from tests.features.nodes import changes_of, random_nodes
from tests.features.reference import context_of
from tests.features.streams import HARD_MOMENTS, random_stream
from training.subjects.columns import columns_of, place_of
from training.subjects.declared import declared_of
from training.subjects.kinds import KINDS, Kind
from training.subjects.moment import columns_at
from training.subjects.periods import last_day, month_ends, months_before

NODES = changes_of(random_nodes(3))
IDS: dict[Kind, list[str]] = {
    "patient": ["p1", "p2", "p3", "p4"],
    "doctor": ["d1", "d2", "d3"],
    "institution": ["i1", "i2", "i3"],
}
END = HARD_MOMENTS[1]  # midnight before 2025-01-01


def rows_of(kind: Kind, made: list[Made], end: int = END, confirmed: object = None) -> Array:
    """The rows of the subjects of `IDS`."""
    ids = np.array(IDS[kind], dtype=object)
    context = context_of(batch_of(made), made_up_findings() if confirmed is None else confirmed)  # type: ignore[arg-type]
    return columns_at(kind, ids, end, context, NODES)


def until(seed: int, end: int = END) -> list[Made]:
    """A random stream most of which was known by an end, with a doctor on most claims."""
    stream = random_stream(seed, 150, spread_days=200)
    shift = end - sorted(claim.seconds for claim in stream)[120]
    return [
        replace(claim, at=claim.seconds + shift, known=None if claim.known is None else int(claim.known) + shift)
        for claim in stream
    ]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_holds_what_a_claim_settled_at_that_moment_would_read(kind: Kind, seed: int) -> None:
    made = until(seed)
    known = [claim for claim in made if known_at(claim) < END]
    context = context_of(batch_of(known), made_up_findings())
    names = [feature.name for feature in FEATURES]
    shared = [feature.name for feature in declared_of(kind) if feature.name in names]
    assert len(shared) > 10
    for name, row in zip(IDS[kind], rows_of(kind, made), strict=True):
        asking = Made("asking", END, 10**6, **{kind: name})  # type: ignore[arg-type]
        (read,) = compute(FEATURES, batch_of([asking]), context, None, NODES)
        of_row = {feature.name: value for feature, value in zip(declared_of(kind), row, strict=False)}
        assert {each: of_row[each] for each in shared} == {each: read[names.index(each)] for each in shared}


def known_at(claim: Made) -> int:
    """Seconds; claims that do not say are known when they are settled."""
    return claim.seconds if claim.known is None else int(claim.known)


@pytest.mark.parametrize("kind", KINDS)
def test_claims_known_later_change_nothing(kind: Kind) -> None:
    made = until(5)
    late = [claim for claim in made if known_at(claim) >= END]
    assert any(claim.seconds < END for claim in late), "a late upload belongs to the test"
    kept = [claim for claim in made if known_at(claim) < END]
    assert (rows_of(kind, made) == rows_of(kind, kept)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_and_snapshots_known_later_change_nothing(kind: Kind) -> None:
    made = until(6)
    findings = made_up_findings()
    before = {name: column[findings["known_at"] < END] for name, column in findings.items()}
    before["replaced_at"] = np.where(before["replaced_at"] < END, before["replaced_at"], np.iinfo(np.int64).min)
    assert (rows_of(kind, made) == rows_of(kind, made, confirmed=before)).all()
    nodes = {name: _known(changes) for name, changes in NODES.items()}
    ids = np.array(IDS[kind], dtype=object)
    context = context_of(batch_of(made), findings)
    assert (columns_at(kind, ids, END, context, nodes) == rows_of(kind, made)).all()


def _known(changes: object) -> object:
    kept = changes.available_at <= END  # type: ignore[attr-defined]
    return replace(
        changes,  # type: ignore[type-var]
        code=changes.code[kept],  # type: ignore[attr-defined]
        available_at=changes.available_at[kept],  # type: ignore[attr-defined]
        values=changes.values[kept],  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_alone_has_the_row_that_it_has_among_others(kind: Kind) -> None:
    made = until(7)
    context = context_of(batch_of(made), made_up_findings())
    whole = rows_of(kind, made)
    for name, row in zip(IDS[kind], whole, strict=True):
        (alone,) = columns_at(kind, np.array([name], dtype=object), END, context, NODES)
        assert (alone == row).all()
    assert np.isfinite(whole).all()
    assert whole.shape[1] == len(columns_of(kind))


def test_an_appeal_known_later_does_not_reach_back() -> None:
    found = judged(
        [{"about": "patient p1", "claim": "c1", "known": END - 9 * DAY, "replaced": END + DAY, "amount": 900}]
    )
    made = [Made("c1", END - 40 * DAY, 1)]
    row = rows_of("patient", made, confirmed=found)[0]
    assert row[place_of("patient", "confirmed_claims_count_365d")] == 1


def test_distributions_by_hand() -> None:
    ten = [
        Made(f"c{n}", END - 45 * DAY + n * DAY, n, total=total, patient="p1" if n < 9 else "p2", doctor=None)
        for n, total in enumerate((100, 100, 100, 200, 300, 400, 500, 600, 700, 7_000), 1)
    ]
    taken_back = [
        Made("c20", END - 20 * DAY, 20, total=9_000),
        Made("c21", END - 19 * DAY, 21, total=-9_000, reverses="c20"),
    ]
    lines = {"lines": [Line(amount_fen=300), Line(OTHER, amount_fen=100)]}
    made = [replace(ten[0], **lines), *ten[1:], *taken_back]  # type: ignore[arg-type]
    row = rows_of("institution", made)[0]
    value = {
        column.name.removeprefix("institution_"): cell
        for column, cell in zip(columns_of("institution"), row, strict=True)
    }
    assert [value[f"amount_p{at}_365d"] for at in (10, 50, 90)] == [100, 300, 700]
    assert value["dearest_tenth_share_365d"] == 0.7  # one of ten claims: 7,000 of 10,000
    assert value["same_amount_share_365d"] == 0.3
    assert value["busiest_hour_share_365d"] == 1.0
    assert value["busiest_day_share_365d"] == 0.7
    assert value["top_patient_share_365d"] == pytest.approx(0.77)
    assert value["patient_concentration_365d"] == pytest.approx(0.77**2 + 0.23**2)
    assert value["top_doctor_share_365d"] == value["doctor_concentration_365d"] == 0  # nobody signed
    assert value["top_item_share_365d"] == 0.75
    assert value["recent_share_365d"] == 0  # all are older than 30 days
    assert rows_of("institution", made)[2][place_of("institution", "amount_p50_365d")] == 0  # nothing of i3


def test_month_ends_are_the_first_seconds_of_the_months_after() -> None:
    first, last = start_of_day(date(2024, 11, 30)), start_of_day(date(2025, 3, 1))
    assert [str(last_day(end)) for end in month_ends(first, last).tolist()] == [
        "2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28",
    ]  # fmt: skip
    assert to_moment(months_before(start_of_day(date(2025, 3, 1)), 12)).date() == date(2024, 3, 1)
