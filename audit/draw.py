"""The random share: draws decided claims that nothing flagged, with a recorded chance for each.

It is the only unbiased look at what rules and models do not see.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from audit.capacity import Capacity, capacity_on
from audit.cases import open_cases
from claims.clock import to_moment
from scoring.judge import Alert

SCORE_BANDS = (0.01, 0.05, 0.20)
"""Edges of calibrated probability: a hundredth, a twentieth, a fifth; a claim without a score is band `none`."""

AMOUNT_BANDS_FEN = (10_000, 100_000)
"""Edges of the fund's payment: 100 and 1,000 yuan, so that small takings and dear claims are both looked at."""

DRAW_LOCK = 7_201_944
"""Number of the advisory lock under which one process draws at a time."""

_STRATUM = (
    "coalesce('p' || width_bucket(d.probability, %(scores)s::double precision[])::text, 'none')"
    " || '-a' || width_bucket(c.fund_fen, %(amounts)s::bigint[])::text"
)
_FRAME = (
    " FROM decisions d JOIN claims c USING (claim_id)"
    " WHERE d.decided_at > to_timestamp(%(since)s) AND d.decided_at <= to_timestamp(%(until)s)"
    " AND d.action IN ('pass', 'remind') AND c.kind = 'settlement'"
    " AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.claim_id = c.claim_id)"
    " AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.claim_id = c.claim_id)"
)


@dataclass(frozen=True)
class Stratum:
    """A group of unflagged claims: how many there are, and the fund's money in them."""

    claims: int
    money_fen: int


@dataclass(frozen=True)
class Draw:
    """What was drawn: the seed repeats the draw; `drawn` and `frame` count claims by stratum."""

    seed: str
    drawn: Mapping[str, int]
    frame: Mapping[str, int]

    def chance_e4(self, stratum: str) -> int:
        """The inclusion probability of the stratum in ten-thousandths, at least one."""
        return max(1, round(10_000 * self.drawn[stratum] / self.frame[stratum]))


def draw_random(
    connection: psycopg.Connection, since: int, until: int, capacity: Capacity | None = None, seed: str | None = None
) -> Draw | None:
    """Draw the random share of the day that contains `until` and open its cases; the transaction is the caller's.

    Args:
        connection: may be the service's.
        since: seconds since 1970; the frame is what was decided later than this and not flagged.
        until: the last second of the frame.
        capacity: the policy of that day when left out.
        seed: repeats an earlier draw; a fresh secret one when left out.

    Returns:
        The draw, or None when this day's share was drawn before.
    """
    day = to_moment(until).date()
    capacity = capacity or capacity_on(day)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [DRAW_LOCK])
    if _was_drawn(connection, day.isoformat()):
        return None
    values = {"since": since, "until": until, "scores": list(SCORE_BANDS), "amounts": list(AMOUNT_BANDS_FEN)}
    strata = _strata(connection, values)
    most = int(capacity.random_minutes // capacity.minutes_of("patient", 1))
    sizes = allocate(strata, most)
    draw = Draw(seed or secrets.token_hex(16), sizes, {name: stratum.claims for name, stratum in strata.items()})
    _open_drawn(connection, draw, values, day.isoformat(), until)
    return draw


def _was_drawn(connection: psycopg.Connection, day: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM evidence WHERE reason->>'source' = 'random' AND reason#>>'{reasons,0,day}' = %s LIMIT 1", [day]
    )
    return found.fetchone() is not None


def _strata(connection: psycopg.Connection, values: dict[str, object]) -> dict[str, Stratum]:
    query = f"SELECT {_STRATUM} AS stratum, count(*), sum(c.fund_fen)::bigint {_FRAME} GROUP BY 1 ORDER BY 1"
    return {name: Stratum(claims, money) for name, claims, money in connection.execute(query, values)}


def allocate(strata: Mapping[str, Stratum], most: int) -> dict[str, int]:
    """How many claims to draw in each stratum: one each, the others where the money is, never more than there are.

    >>> allocate({"small": Stratum(100, 1_000), "dear": Stratum(2, 9_000)}, 5)
    {'small': 3, 'dear': 2}
    """
    by_money = sorted(strata, key=lambda name: (-strata[name].money_fen, name))
    sizes = dict.fromkeys(strata, 0)
    for name in by_money[:most]:
        sizes[name] = 1
    for _ in range(most - sum(sizes.values())):
        # The next draw goes where the money per draw is highest: proportional to money, as seats are to votes.
        open_names = [name for name in by_money if sizes[name] < strata[name].claims]
        if not open_names:
            break
        sizes[max(open_names, key=lambda name: strata[name].money_fen / (sizes[name] + 1))] += 1
    return sizes


def _open_drawn(connection: psycopg.Connection, draw: Draw, values: dict[str, object], day: str, now: int) -> None:
    query = (
        "SELECT claim_id, patient_id, fund_fen, probability, stratum FROM ("
        f" SELECT c.claim_id, c.patient_id, c.fund_fen, d.probability, {_STRATUM} AS stratum,"
        f" row_number() OVER (PARTITION BY {_STRATUM} ORDER BY md5(%(seed)s || c.claim_id), c.claim_id) AS place"
        f" {_FRAME}) f"
        " WHERE place <= (%(sizes)s::jsonb->>stratum)::bigint ORDER BY claim_id"
    )
    given = {**values, "seed": draw.seed, "sizes": json.dumps(dict(draw.drawn))}
    rows = connection.execute(query, given).fetchall()
    alerts = [
        Alert(
            claim_id=claim_id,
            line_number=0,
            subject_kind="patient",
            subject_id=patient_id,
            source="random",
            probability=probability or 0.0,
            amount_fen=fund_fen,
            reasons=[_reason(draw, stratum, day)],
            at=now,
        )
        for claim_id, patient_id, fund_fen, probability, stratum in rows
    ]
    case_of_claim = open_cases(connection, alerts, now).case_of_claim
    for claim_id, _, _, _, stratum in rows:
        connection.execute(
            "UPDATE cases SET is_drawn = true, draw_probability_e4 = coalesce(draw_probability_e4, %s),"
            " draw_stratum = coalesce(draw_stratum, %s) WHERE case_id = %s",
            [draw.chance_e4(stratum), stratum, case_of_claim[claim_id]],
        )


def _reason(draw: Draw, stratum: str, day: str) -> dict[str, object]:
    drawn, frame = draw.drawn[stratum], draw.frame[stratum]
    return {
        "kind": "random",
        "zh": f"随机抽查：本层 {frame} 笔未标记结算中抽取 {drawn} 笔",
        "en": f"Random check: {drawn} of {frame} unflagged settlements of this stratum were drawn",
        "stratum": stratum,
        "drawn": drawn,
        "frame": frame,
        "seed": draw.seed,
        "day": day,
    }
