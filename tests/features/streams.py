"""A random stream of claims with everything that goes wrong in real ones."""

from __future__ import annotations

import os
import random
from dataclasses import replace

from hypothesis import Phase, settings
from hypothesis import strategies as st

from claims.clock import DAY, HOUR, area_day
from claims.tables import BENEFIT_KINDS
from tests.features.made import DRUG_A, DRUG_B, DRUG_C, OTHER, Line, Made, seconds_of

MINUTE = 60

each_stream = settings(
    max_examples=int(os.environ.get("YICHA_TEST_EXAMPLES", "20")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""Settings of each property; set the variable to 500 or more after a change to a kernel. Streams are made from a seed:
making the seed smaller does not make the stream simpler, so nothing is shrunk."""

HARD_MOMENTS = tuple(
    seconds_of(text)
    for text in (
        "2024-12-31T23:59:59", "2025-01-01T00:00:00", "2025-01-05T23:59:59", "2025-01-06T00:00:00",
        "2024-02-29T12:00:00", "2025-01-01T07:59:59", "2025-01-01T08:00:00",
    )
)  # fmt: skip
"""Year ends, ends of weeks, a leap day, and midnight of UTC, where hops are easily cut wrongly."""


def random_stream(seed: int, length: int, *, spread_days: int = 40, disorder: float = 0.15) -> list[Made]:
    """A stream in recorded order: ties, gaps, late uploads, wrong clocks, reversals in whole and in part.

    Args:
        seed: same seed, same stream.
        length: number of claims.
        spread_days: days that the stream covers, roughly.
        disorder: share of claims whose time is not close to that of their neighbours.
    """
    draw = random.Random(seed)
    clock, leaps = draw.choice(HARD_MOMENTS), draw.choice((0.0, 0.15, 0.3))
    made: list[Made] = []
    for order in range(1, length + 1):
        clock += _about_a_window(draw) if draw.random() < leaps else 0
        clock += draw.choice(
            (0, 0, 1, MINUTE, 5 * MINUTE, HOUR - 1, HOUR, draw.randrange(2 * DAY * max(1, spread_days) // length + 1))
        )
        claim = _random_reversal(draw, order, clock, made) if draw.random() < 0.2 else None
        made.append(claim or _random_settlement(draw, order, _disturbed(draw, clock, disorder)))
    if draw.random() < 0.5:
        _put_a_reversal_before_its_original(made)
    return made


def hot_stream(seed: int, length: int) -> list[Made]:
    """A stream that comes back again and again to 120 persons, 50 doctors and 30 institutions, over four months."""
    draw = random.Random(seed)
    clock = HARD_MOMENTS[0]
    made: list[Made] = []
    for order in range(1, length + 1):
        clock += draw.randrange(2 * 120 * DAY // length + 1)
        claim = _random_reversal(draw, order, clock, made[-20:]) if draw.random() < 0.1 else None
        made.append(claim or _hot_settlement(draw, order, _disturbed(draw, clock, 0.02)))
    return made


def _hot_settlement(draw: random.Random, order: int, at: int) -> Made:
    doctor = f"d{draw.randrange(50)}" if draw.random() < 0.8 else None
    claim = _random_settlement(draw, order, at)
    return replace(claim, patient=f"p{draw.randrange(120)}", institution=f"i{draw.randrange(30)}", doctor=doctor)


def _about_a_window(draw: random.Random) -> int:
    """Seconds after which a past claim is about to leave a window: one hop earlier or later tells."""
    return draw.choice((30, 90, 90, 180, 365, 365, 400)) * DAY + draw.randrange(7 * DAY)


def _disturbed(draw: random.Random, clock: int, disorder: float) -> int:
    if draw.random() >= disorder:
        return clock
    late = (1, HOUR, 5 * HOUR, DAY, 3 * DAY + 1, 6 * DAY, 29 * DAY, 95 * DAY, 380 * DAY, 500 * DAY)
    window = _about_a_window(draw)
    later = (clock + 70 * DAY, clock + 800 * DAY)
    return draw.choice((*HARD_MOMENTS, *later, clock - window, clock - window, *(clock - back for back in late)))


def _random_settlement(draw: random.Random, order: int, at: int) -> Made:
    benefit = draw.choice(("chronic", "inpatient", *BENEFIT_KINDS))
    served = draw.choice((None, at, at - HOUR, at - 3 * DAY))
    return Made(
        f"c{order}", at, order, f"p{draw.choice((1, 1, 1, 2, 2, 3, 4, 5))}", f"i{draw.choice((1, 1, 2, 3))}",
        draw.choice((None, "d1", "d1", "d2", "d3")), _random_total(draw),
        account=draw.choice((0, 500)), balance=draw.choice((None, 0, 700)),
        known=at + draw.choice((0, 0, HOUR, 20 * DAY, -DAY)), benefit=benefit,
        department=draw.choice((None, "a", "a", "b")), till=draw.choice((None, "t1", "t1", "t2")),
        visit=draw.choice((None, f"v{order}", f"v{order - 1}")), served=served,
        channel=draw.choice(("networked", "networked", "manual", "non_local")), emergency=draw.random() < 0.1,
        diagnoses=draw.sample(("I10", "E11", "J06"), draw.choice((0, 1, 1, 2))),
        lines=[_random_line(draw, f"c{order}-{number}", at) for number in range(draw.choice((0, 1, 1, 2, 3)))],
        **(_random_stay(draw, at) if benefit == "inpatient" or draw.random() < 0.05 else {}),
    )  # fmt: skip


def _random_total(draw: random.Random) -> int:
    """Mostly few different amounts, so that equal ones meet; at times none, or the square root of the largest word."""
    return draw.choice((1_000, 1_000, 1_000, 4_999, 5_000, 0, draw.randrange(100_000), draw.choice((1, 3_037_000_499))))


def _random_line(draw: random.Random, name: str, at: int) -> Line:
    item = draw.choice((DRUG_A, DRUG_A, DRUG_B, DRUG_C, OTHER))
    quantity = draw.choice((10_000, 20_000, 25_000))
    amount = draw.choice((1_000, 1_000, draw.randrange(1, 20_000)))
    return Line(
        item, amount, quantity, draw.choice((None, None, 0, 7, 28, 84, 900)), name if draw.random() < 0.7 else None,
        price=draw.choice((0, amount * 10**8 // quantity, 12_500_000)), ceiling=draw.choice((None, 12_000_000)),
        kind="service" if item == OTHER else "drug", slip=draw.choice((None, "rx1", f"rx-{name}")),
        doctor=draw.choice((None, "d1", "d2")), department=draw.choice((None, "a")),
        served=draw.choice((None, at, at - DAY, at - 5 * DAY)),
    )  # fmt: skip


def _random_stay(draw: random.Random, at: int) -> dict[str, int | None]:
    """A stay that ends at or before the settlement, or after it, or before it began, or has an unknown end."""
    today = int(area_day(at))
    admitted = today - draw.choice((0, 1, 3, 10, 40))
    return {
        "admitted": draw.choice((admitted, admitted, admitted, None)),
        "discharged": draw.choice((today, today, today - 1, admitted, admitted - 1, today + 2, None)),
    }


def _random_reversal(draw: random.Random, order: int, at: int, made: list[Made]) -> Made | None:
    originals = [claim for claim in made if not claim.reverses]
    if not originals:
        return None
    original = draw.choice(originals[-8:])
    if draw.random() < 0.1:
        return Made(f"c{order}", at, order, original.patient, original.institution, None, -100, reverses="unknown")
    is_part = draw.random() < 0.5
    total = -(original.total // 3) if is_part else -original.total
    lines = [
        Line(line.item, -line.amount_fen // (2 if is_part else 1), -(line.quantity_e4 // (2 if is_part else 1)),
             None, None, line.line_id)
        for line in original.lines
        if draw.random() < 0.8
    ]  # fmt: skip
    return Made(
        f"c{order}", at, order, original.patient if draw.random() < 0.95 else "p4", original.institution,
        original.doctor if draw.random() < 0.5 else None, total, lines=lines if draw.random() < 0.8 else [],
        reverses=original.id,
    )  # fmt: skip


def _put_a_reversal_before_its_original(made: list[Made]) -> None:
    reversals = [claim for claim in made if claim.reverses]
    by_id = {claim.id: claim for claim in made}
    if reversals and reversals[0].reverses in by_id:
        original = by_id[reversals[0].reverses]
        original.order, reversals[0].order = reversals[0].order, original.order
        made.sort(key=lambda claim: claim.order)


streams = st.builds(
    random_stream,
    st.integers(0, 10**6),
    st.integers(1, 45),
    spread_days=st.sampled_from((1, 10, 40, 400)),
    disorder=st.sampled_from((0.0, 0.1, 0.4)),
)
"""Any stream."""
