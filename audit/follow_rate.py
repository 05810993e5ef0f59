"""How far reminders are followed (提醒遵从率), by institution.

A reminder ends in one of these ways, of which the first that fits counts:

- changed: the newest disposition says that the order was changed;
- continued: it says that the order was kept;
- followed silently: nobody said anything, the visit was settled, and the settlement does not have the item any more;
- billed anyway: nobody said anything, and the settled visit still has the item;
- open: none of these. The visit is not settled, or the reminder is about no single item.

The rate is (changed + followed silently) / (all but the open ones). A visit is settled when its settlements stand with
some money after all reversals; it has an item when its quantity is above zero after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from claims.clock import start_of_day


@dataclass(frozen=True)
class Followed:
    """How the reminders of one institution ended.

    Attributes:
        questions: judgements asked for, with and without a reminder.
        reminders: what was told.
        changed, continued, followed_silently, billed_anyway, open: how they ended, see above.
        still_billed: of the changed ones, those whose item stands in the settlement all the same (a smaller quantity
            may be the change).
        median_milliseconds: from a question's arrival to its answer.
    """

    institution_id: str
    questions: int
    reminders: int
    changed: int
    continued: int
    followed_silently: int
    billed_anyway: int
    open: int
    still_billed: int
    median_milliseconds: float

    @property
    def rate(self) -> float | None:
        """Share of the ended reminders that were followed; None while none has ended."""
        ended = self.reminders - self.open
        return (self.changed + self.followed_silently) / ended if ended else None


# The net quantity of an item, and the net fee, over a visit's settlements and what was taken back of them.
_REPORT = """
WITH told AS (
    SELECT r.*, (SELECT d.way FROM dispositions d WHERE d.reminder_id = r.reminder_id
                 ORDER BY d.disposition_id DESC LIMIT 1) AS way
    FROM reminders r WHERE r.asked_at >= to_timestamp(%(start)s) AND r.asked_at < to_timestamp(%(end)s)
),
billed AS (
    SELECT t.reminder_id,
        coalesce((SELECT sum(c.total_fen + coalesce((SELECT sum(b.total_fen) FROM claims b
                                                     WHERE b.reverses_claim_id = c.claim_id), 0))
                  FROM claims c WHERE c.patient_id = t.patient_id AND c.kind = 'settlement'
                  AND c.institution_id = t.institution_id AND c.visit_id = t.visit_id), 0) > 0 AS is_settled,
        coalesce((SELECT sum(l.quantity_e4) FROM claims c
                  JOIN claims b ON b.claim_id = c.claim_id OR b.reverses_claim_id = c.claim_id
                  JOIN lines l ON l.claim_id = b.claim_id AND l.item_code = t.item_code
                  WHERE c.patient_id = t.patient_id AND c.kind = 'settlement'
                  AND c.institution_id = t.institution_id AND c.visit_id = t.visit_id), 0) > 0 AS has_item
    FROM told t WHERE t.is_violation
),
ended AS (
    SELECT t.*, b.is_settled AND b.has_item AS is_billed,
        CASE WHEN NOT t.is_violation THEN NULL WHEN t.way = '2' THEN 'changed' WHEN t.way = '1' THEN 'continued'
             WHEN t.item_code IS NULL OR NOT b.is_settled THEN 'open'
             WHEN b.has_item THEN 'billed_anyway' ELSE 'followed_silently' END AS how
    FROM told t LEFT JOIN billed b USING (reminder_id)
)
SELECT institution_id,
    count(DISTINCT (message_id, patient_id, visit_id)) AS questions,
    count(*) FILTER (WHERE is_violation) AS reminders,
    count(*) FILTER (WHERE how = 'changed') AS changed,
    count(*) FILTER (WHERE how = 'continued') AS continued,
    count(*) FILTER (WHERE how = 'followed_silently') AS followed_silently,
    count(*) FILTER (WHERE how = 'billed_anyway') AS billed_anyway,
    count(*) FILTER (WHERE how = 'open') AS open,
    count(*) FILTER (WHERE how = 'changed' AND is_billed) AS still_billed,
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_microseconds) / 1000)::double precision AS median_milliseconds
FROM ended GROUP BY institution_id ORDER BY institution_id
"""


def follow_rates(connection: psycopg.Connection, first: date, last: date) -> list[Followed]:
    """How the reminders given on the days from first to last (area's clock, both included) ended, by institution."""
    bounds = {"start": start_of_day(first), "end": start_of_day(last + timedelta(days=1))}
    with connection.cursor(row_factory=class_row(Followed)) as cursor:
        return cursor.execute(_REPORT, bounds).fetchall()


def all_together(rows: Iterable[Followed]) -> tuple[int, int, int]:
    """Reminders, those that ended, and those that were followed, over all institutions."""
    told = list(rows)
    reminders = sum(row.reminders for row in told)
    ended = sum(row.reminders - row.open for row in told)
    return reminders, ended, sum(row.changed + row.followed_silently for row in told)
