"""How rules alone would rank subjects: by what they found in the claims of the year before, as it stands in the store.

What a rule finds in a claim rests on what was known before the claim. A finding therefore counts from the moment at
which its claim was known, whenever the screening ran, as the columns of `scoring.rule_columns` do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import psycopg

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from claims.clock import start_of_day, to_moment
from claims.tables import Array
from rules.frame import AFTER
from scoring.rule_columns import GRADES
from training.rule_ranking import POINTS
from training.subjects.kinds import ID_COLUMN, Kind
from training.subjects.periods import YEAR_MONTHS, last_day, months_before

_POINTS_OF_ROWS = """WITH asked AS (
    SELECT to_timestamp(begins) AS begins, to_timestamp(ends) AS ends FROM unnest(%(begins)s::bigint[],
        %(ends)s::bigint[]) AS a(begins, ends)),
found AS (
    SELECT claim_id, line_number, code, grade FROM screen_hits
    WHERE screening_id = ANY(%(screenings)s) AND code = ANY(%(codes)s)
    UNION
    SELECT claim_id, (hit->>'line_number')::bigint, hit->>'code', hit->>'grade'
    FROM decisions, jsonb_array_elements(rule_hits) hit),
of_claims AS (
    SELECT claim_id, sum(points) AS points FROM found
    JOIN unnest(%(grades)s::text[], %(points)s::float8[]) AS p(grade, points) USING (grade) GROUP BY claim_id)
SELECT c.{subject}, extract(epoch FROM a.ends)::bigint, sum(f.points)
FROM of_claims f JOIN claims c USING (claim_id)
JOIN asked a ON c.settled_at >= a.begins AND c.settled_at < a.ends AND c.known_at < a.ends
WHERE c.kind = 'settlement' AND c.{subject} IS NOT NULL GROUP BY 1, 2"""

_LOOKED_AT = """SELECT count(*), count(*) FILTER (WHERE d.claim_id IS NOT NULL OR EXISTS (
    SELECT FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS s(begins, ends)
    WHERE c.settled_at >= to_timestamp(s.begins) AND c.settled_at < to_timestamp(s.ends)))
FROM claims c LEFT JOIN decisions d USING (claim_id)
WHERE c.kind = 'settlement' AND c.{subject} IS NOT NULL
    AND c.settled_at >= to_timestamp(%(begin)s) AND c.settled_at < to_timestamp(%(end)s)"""


@dataclass(frozen=True)
class RuleFindings:
    """What rules found about n rows.

    Attributes:
        points: (n,) of the year's findings, by grade; zero where nothing was found or nobody looked.
        claims, looked_at: settlements of the rows' years, and those of them that rules were asked about.
        first, last: days of the years.
    """

    points: Array
    claims: int
    looked_at: int
    first: date
    last: date

    def __str__(self) -> str:
        """What the ranking by rules alone rests on, or why there is none."""
        if not self.looked_at:
            return (
                f"Rules alone: nothing was screened or decided between {self.first} and {self.last}, so that rules "
                f"cannot rank; run yicha screen --from {self.first} --to {self.last} and train again."
            )
        worth = ", ".join(
            f"{points:g} a {grade.value.replace('_', ' ')} one" for grade, points in zip(GRADES, POINTS, strict=True)
        )
        others = "" if self.looked_at == self.claims else " Nothing is counted of the others."
        return (
            f"Rules alone: the findings in claims of the year before the month end, {worth}. Of these claims "
            f"{self.looked_at / self.claims:.0%} were screened with all rules that act now, or decided.{others}"
        )


def read_rule_findings(connection: psycopg.Connection, kind: Kind, ids: Array, ends: Array) -> RuleFindings:
    """What stands in the store about rows.

    Counted are screenings that asked all rules that act now, as far as these found something, and all decisions. What
    several of them found at one line by one rule counts once.

    Args:
        connection: an open connection.
        kind: what the subjects are.
        ids: (n,) text, at least one.
        ends: (n,) period ends, seconds.
    """
    asked = sorted(set(ends.tolist()))
    begins = [months_before(end, YEAR_MONTHS) for end in asked]
    codes = [rule.code for rule in asked_in(states_of(connection)).at(AFTER).active]
    screenings = connection.execute(
        "SELECT screening_id, first_day, last_day FROM screenings WHERE rules @> %s", [codes]
    ).fetchall()
    claims, looked_at = _looked_at(connection, kind, begins[0], asked[-1], [(a, b) for _, a, b in screenings])
    rows = connection.execute(
        _POINTS_OF_ROWS.format(subject=ID_COLUMN[kind]).encode(),
        {
            "begins": begins,
            "ends": asked,
            "screenings": [number for number, _, _ in screenings],
            "codes": codes,
            "grades": [grade.value for grade in GRADES],
            "points": POINTS.tolist(),
        },
    ).fetchall()
    found = {(subject, end): points for subject, end, points in rows}
    points = np.array([found.get(row, 0.0) for row in zip(ids.tolist(), ends.tolist(), strict=True)])
    return RuleFindings(points, claims, looked_at, to_moment(begins[0]).date(), last_day(asked[-1]))


def _looked_at(
    connection: psycopg.Connection, kind: Kind, begin: int, end: int, screened: Sequence[tuple[date, date]]
) -> tuple[int, int]:
    """Settlements of a period, and those that rules were asked about."""
    row = connection.execute(
        _LOOKED_AT.format(subject=ID_COLUMN[kind]).encode(),
        {
            "firsts": [start_of_day(first) for first, _ in screened],
            "lasts": [start_of_day(last + timedelta(days=1)) for _, last in screened],
            "begin": begin,
            "end": end,
        },
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
