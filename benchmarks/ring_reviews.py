"""What reviewers find in the rings that the program itself shows them: months in which rings are cases of their own.

A city's own verdicts come of rules, tips and random draws. Whoever runs the program also judges the claims of the rings
that it finds, and learns from that. These reviewers read the truth, miss and mistake as much as the city's own do, and
take as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import psycopg

from claims.city.make import City
from claims.city.national import settlement_ids
from claims.city.review import DELAY_SPREAD, MEDIAN_DELAY_DAYS, MISSED, WRONG
from claims.clock import DAY

ROUND_DAYS = 30
RING_SHARE = 0.15
"""Of the reviewers' time, as audit/policy/review_capacity.yaml has it."""
CASE_CLAIMS = 15
"""To open a ring takes as long as judging so many claims (30 minutes and 2, by the same file)."""

_RINGS = (
    "SELECT r.ring_id, extract(epoch FROM s.available_at)::bigint, r.score, r.evidence_claims"
    " FROM rings r JOIN snapshots s USING (snapshot_id) ORDER BY s.available_at, r.score DESC, r.ring_id"
)
_PACE = (
    "SELECT count(*) / greatest(extract(epoch FROM max(known_at) - min(known_at)) / 86400, 1)"
    " FROM verdicts WHERE claim_id IS NOT NULL"
)
_ADD = (
    "INSERT INTO verdicts (verdict_id, claim_id, finding, amount_fen, decided_by, drawn_by, decided_at, known_at)"
    " VALUES (%s, %s, %s, %s, 'benchmark', 'model', to_timestamp(%s), to_timestamp(%s))"
)
_Ring = tuple[str, int, float, list[str]]
"""Name, when the snapshot was available, score, and the claims that made it."""


def review_rings(connection: psycopg.Connection, city: City) -> int:
    """Add what reviewers find in rings, the likeliest first, round by round; the transaction is the caller's.

    Args:
        connection: the owner's, to a store with the city, its rings and its verdicts.
        city: whose truth they read.

    Returns:
        How many claims have a verdict by the end of the city's time.
    """
    judged = {name for (name,) in connection.execute("SELECT claim_id FROM verdicts WHERE claim_id IS NOT NULL")}
    (pace,) = connection.execute(_PACE).fetchone() or (0,)
    a_round = int(float(pace) * RING_SHARE / (1 - RING_SHARE) * ROUND_DAYS)
    rng, taken = np.random.default_rng(city.world.plan.seed), _taken(city)
    found = list(_opened(connection.execute(_RINGS).fetchall(), a_round, judged))
    verdicts = [_verdict(rng, name, taken.get(name, 0), at) for at, name in found]
    end = (city.world.plan.first + city.world.plan.days) * DAY
    rows = [row for row in verdicts if row[-1] < end]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, rows)
    return len(rows)


def _taken(city: City) -> dict[str, int]:
    """What each claim really took, in fen."""
    taken: Counter[str] = Counter()
    for name, fen in zip(settlement_ids(city.truth.claim), city.truth.amount_fen.tolist(), strict=True):
        taken[name] += fen
    return taken


def _opened(rings: Sequence[_Ring], a_round: int, judged: set[str]) -> Iterator[tuple[int, str]]:
    """The claims that are judged and when, seconds: what is new of rings that were opened before, then rings by score.

    Args:
        rings: rows of `_RINGS`.
        a_round: claims that are judged in a round.
        judged: claims that are not judged again.
    """
    if not rings:
        return
    opened, left = set[str](), 0
    for end in range(rings[0][1] + ROUND_DAYS * DAY, rings[-1][1] + ROUND_DAYS * DAY, ROUND_DAYS * DAY):
        left += a_round  # what one round leaves is there in the next
        newest = {name: (name not in opened, -score, claims) for name, at, score, claims in rings if at <= end}
        for name, (is_new, _, claims) in sorted(newest.items(), key=lambda one: one[1][:2]):
            if left < CASE_CLAIMS and is_new:
                break
            left -= CASE_CLAIMS if is_new else 0
            opened.add(name)
            for claim in claims:
                if claim not in judged:
                    judged.add(claim)
                    left -= 1
                    yield end, claim


def _verdict(rng: np.random.Generator, claim_id: str, taken_fen: int, opened_at: int) -> tuple[object, ...]:
    is_violating = rng.random() >= MISSED if taken_fen > 0 else rng.random() < WRONG
    decided_at = opened_at + round(np.exp(rng.normal(np.log(MEDIAN_DELAY_DAYS), DELAY_SPREAD)) * DAY)
    finding, amount = ("violating", max(taken_fen, 100)) if is_violating else ("in_order", 0)
    return f"rings-{claim_id}", claim_id, finding, amount, decided_at, decided_at
