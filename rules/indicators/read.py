"""Reads from the store what indicators and the account of stock look at: sums by month and day, added up there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg

from claims.clock import EPOCH, start_of_day, to_moment
from claims.tables import Array, Columns, Kind
from rules.exempt import DIALYSIS_CODES, ONCOLOGY_CODES
from rules.indicators.frame import Period
from rules.knowledge.kinds import CT_ITEM, MRI_ITEM
from rules.numbers import read_numbers

LONGEST_STAY_DAYS = 400
"""A stay that ends in the period may have begun so long before it."""

_LINES = """net AS (
    SELECT c.institution_id, c.settled_at, l.item_code, l.item_kind, l.charge_type, l.quantity_e4, l.amount_fen
    FROM claims c JOIN lines l USING (claim_id)
    WHERE c.settled_at >= %(begin)s AND c.settled_at < %(end)s
    UNION ALL
    SELECT r.institution_id, r.settled_at, l.item_code, l.item_kind, l.charge_type, -l.quantity_e4, -l.amount_fen
    FROM claims r JOIN lines l ON l.claim_id = r.reverses_claim_id
    WHERE r.kind = 'reversal' AND r.settled_at >= %(begin)s AND r.settled_at < %(end)s
    AND NOT EXISTS (SELECT FROM lines o WHERE o.claim_id = r.claim_id))"""
"""Fee lines of a span, and the lines that a reversal without lines of its own takes back."""

_LISTED = """SELECT DISTINCT kind, item_code FROM knowledge WHERE kind = ANY(%(kinds)s) AND is_understood
AND valid_from < %(end)s AND (valid_until IS NULL OR valid_until >= %(begin)s)"""
_MONEY = f"""WITH {_LINES} SELECT n.institution_id,
    ((extract(year FROM day) - 1970) * 12 + extract(month FROM day) - 1)::bigint AS month, item_kind, charge_type,
    item_code = ANY(%(ct)s) AS is_ct, item_code = ANY(%(mri)s) AS is_mri, sum(amount_fen)::bigint AS amount_fen
FROM (SELECT *, (settled_at AT TIME ZONE INTERVAL '8 hours')::date AS day FROM net) n
JOIN institutions i ON i.institution_id = n.institution_id AND i.kind <> 'pharmacy'
WHERE %(institution)s::text IS NULL OR i.level IS NOT DISTINCT FROM
    (SELECT level FROM institutions WHERE institution_id = %(institution)s)
GROUP BY 1, 2, 3, 4, 5, 6"""

_STAYS = """SELECT DISTINCT ON (patient_id, institution_id, admitted_on) patient_id, institution_id,
    admitted_on - DATE '1970-01-01' AS admitted_on, discharged_on - DATE '1970-01-01' AS discharged_on,
    EXISTS (SELECT FROM diagnoses d WHERE d.claim_id = c.claim_id AND d.code LIKE ANY(%(cycles)s)) AS is_cycle
FROM claims c WHERE kind = 'settlement' AND benefit_kind = 'inpatient' AND discharged_on >= admitted_on
    AND discharged_on >= %(first)s AND discharged_on <= %(last)s
    AND NOT EXISTS (SELECT FROM claims r WHERE r.reverses_claim_id = c.claim_id AND -r.total_fen >= c.total_fen)
ORDER BY patient_id, institution_id, admitted_on, c.discharged_on DESC"""

_KIND = """coalesce(
    (SELECT item_kind FROM catalogue k WHERE k.item_code = s.item_code ORDER BY valid_from DESC LIMIT 1),
    CASE left(s.item_code, 1) WHEN 'X' THEN 'drug' WHEN 'Z' THEN 'drug' WHEN 'C' THEN 'consumable' END)"""
_MOVEMENTS = f"""SELECT * FROM (SELECT institution_id, item_code, {_KIND} AS item_kind, movement, quantity_e4,
    extract(epoch FROM moved_at)::bigint AS moved_at FROM stock s
    WHERE movement NOT IN ('sale', 'sale_return') AND moved_at < %(end)s
    AND (moved_at >= %(begin)s OR movement = 'count' OR EXISTS (
        SELECT FROM stock o WHERE o.institution_id = s.institution_id AND o.item_code = s.item_code
        AND o.movement = 'count' AND o.moved_at <= s.moved_at))
    AND (%(institution)s::text IS NULL OR institution_id = %(institution)s)) m
WHERE item_kind IN ('drug', 'consumable')"""
_SALES = f"""WITH {_LINES} SELECT institution_id, item_code, item_kind,
    (settled_at AT TIME ZONE INTERVAL '8 hours')::date - DATE '1970-01-01' AS day,
    sum(quantity_e4)::bigint AS quantity_e4, sum(amount_fen)::bigint AS amount_fen FROM net
WHERE institution_id = ANY(%(institutions)s) AND item_kind IN ('drug', 'consumable') GROUP BY 1, 2, 3, 4"""


def read_period(connection: psycopg.Connection, first: date, last: date, institution: str | None = None) -> Period:
    """Everything that the indicators of whole months look at; an item listed on any day of them counts throughout.

    Args:
        connection: an open connection.
        first: any day of the first month.
        last: any day of the last month.
        institution: read money only of those of its level; None for all.
    """
    begin, end = first.replace(day=1), (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    span: dict[str, Any] = {"begin": to_moment(start_of_day(begin)), "end": to_moment(start_of_day(end))}
    listed = connection.execute(_LISTED, {"kinds": [CT_ITEM, MRI_ITEM], "begin": begin, "end": end}).fetchall()
    ct, mri = ([code for kind, code in listed if kind == wanted] for wanted in (CT_ITEM, MRI_ITEM))
    money = _columns(
        connection, _MONEY, {**span, "ct": ct, "mri": mri, "institution": institution},
        ("institution_id", "item_kind", "charge_type"), ("is_ct", "is_mri"), ("month", "amount_fen"),
    )  # fmt: skip
    reach = int(read_numbers("indicators")["readmission_days"].values.max()) + LONGEST_STAY_DAYS
    cycles = [f"{code}%" for code in (*ONCOLOGY_CODES, *DIALYSIS_CODES)]
    stays = _columns(
        connection, _STAYS, {"first": begin - timedelta(days=reach), "last": end - timedelta(days=1), "cycles": cycles},
        ("patient_id", "institution_id"), ("is_cycle",), ("admitted_on", "discharged_on"),
    )  # fmt: skip
    return Period(money, stays, _month(begin), _month(last))


def read_stock(
    connection: psycopg.Connection, first: date, last: date, institution: str | None = None
) -> tuple[Columns, Columns]:
    """Movements and sales as `rules.indicators.stock.sold_beyond_stock` asks for them.

    Args:
        connection: an open connection.
        first: day of the period.
        last: its last day.
        institution: of one institution only; None for all that report stock.
    """
    lead = int(read_numbers("indicators")["stock_lead_days"].values.max())
    end = to_moment(start_of_day(last + timedelta(days=1)))
    asked = {"begin": to_moment(start_of_day(first - timedelta(days=lead))), "end": end, "institution": institution}
    movements = _columns(
        connection, _MOVEMENTS, asked,
        ("institution_id", "item_code", "item_kind", "movement"), (), ("quantity_e4", "moved_at"),
    )  # fmt: skip
    counted = movements["moved_at"][movements["movement"] == "count"]
    begin = min(start_of_day(first), int(counted.min(initial=start_of_day(first))))
    institutions = sorted(set(movements["institution_id"].tolist()))
    sales = _columns(
        connection, _SALES, {"begin": to_moment(begin), "end": end, "institutions": institutions},
        ("institution_id", "item_code", "item_kind"), (), ("day", "quantity_e4", "amount_fen"),
    )  # fmt: skip
    return movements, sales


def levels_of(connection: psycopg.Connection) -> dict[str, str | None]:
    """The national level code of each institution."""
    return dict(connection.execute("SELECT institution_id, level FROM institutions").fetchall())


def _month(day: date) -> int:
    return (day.year - EPOCH.year) * 12 + day.month - 1


def _columns(
    connection: psycopg.Connection,
    query: str,
    asked: dict[str, Any],
    texts: Sequence[str],
    flags: Sequence[str],
    wholes: Sequence[str],
) -> dict[str, Array]:
    cursor = connection.execute(query, asked)
    names = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    kinds = {**dict.fromkeys(texts, Kind.TEXT), **dict.fromkeys(flags, Kind.FLAG), **dict.fromkeys(wholes, Kind.WHOLE)}
    columns: dict[str, Array] = {name: np.empty(len(rows), dtype=kinds[name].array_type) for name in names}
    for place, name in enumerate(names):
        columns[name][:] = [row[place] for row in rows]
    return columns
