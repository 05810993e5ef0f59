"""How precise the queue is, week by week: of what reviewers judged because something led them there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg

from audit.life.past_verdicts import share
from audit.verdicts import STANDING

WEEKS = 26
LED = ("rule", "model", "tip")

_BY_WEEK = f"""SELECT week, drawn_by, count(*) FILTER (WHERE violating), count(*) FROM (
    SELECT date_trunc('week', max(known_at) AT TIME ZONE 'Asia/Shanghai')::date AS week, drawn_by,
        bool_or(finding = 'violating') AS violating
    FROM verdicts v WHERE {STANDING} AND finding <> 'not_judged' AND claim_id IS NOT NULL
    GROUP BY claim_id, drawn_by) c
WHERE week > (SELECT max(known_at)::date FROM verdicts) - 7 * %s GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True)
class VerdictWeek:
    """Verdicts of one week and one way there: rule, model, tip or random."""

    begins: date
    drawn_by: str
    violating: int
    judged: int


def verdict_weeks(connection: psycopg.Connection, weeks: int = WEEKS) -> list[VerdictWeek]:
    """Judged claims of the last weeks before the newest verdict, by week and way."""
    return [VerdictWeek(*row) for row in connection.execute(_BY_WEEK, [weeks])]


def queue_precision(rows: list[VerdictWeek], weeks: int = 4) -> tuple[int, int, float | None, float | None]:
    """Of the last weeks: claims that something led to and were judged, those violating, and the 95% interval."""
    last = sorted({row.begins for row in rows})[-weeks:]
    led = [row for row in rows if row.begins in last and row.drawn_by in LED]
    judged, violating = sum(row.judged for row in led), sum(row.violating for row in led)
    spread = share(violating, judged)
    return judged, violating, spread["low"] if spread else None, spread["high"] if spread else None
