# ruff: noqa: E501  # SQL reads better unbroken
"""Every feature a second way: SQL over all pairs of claims, written from the words of the definition alone."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import MISSING, Array
from features.declare import (
    ActiveDays,
    Against,
    Count,
    Distinct,
    Feature,
    Max,
    Mean,
    Own,
    Reversals,
    Share,
    ShareOf,
    SinceLast,
    Sum,
    Supply,
)

_SETUP = """
CREATE MACRO wall(s) AS make_timestamp((s + 28800) * 1000000);
CREATE MACRO seconds(w) AS CAST(epoch(w) AS BIGINT) - 28800;
CREATE MACRO begins(t, length, unit) AS seconds(date_trunc(unit, wall(t - length)));

CREATE TABLE listed AS
  SELECT l.*, k.is_resale_prone AS is_prone, c.settled_at AS s, c.recorded_order AS ord, c.patient_id, c.institution_id, c.kind,
    CASE WHEN c.benefit_kind <> 'inpatient' THEN coalesce(k.drug_class,
      CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5 THEN l.item_code[2:6] END) END AS class,
    CASE WHEN l.days_of_supply BETWEEN 1 AND 200 THEN l.days_of_supply
         WHEN k.units_per_pack_e4 > 0 AND k.units_per_day_e4 > 0
         THEN abs(l.quantity_e4) * k.units_per_pack_e4 // (k.units_per_day_e4 * 10000) ELSE 0 END AS days
  FROM lines l JOIN claims c USING (claim_id) LEFT JOIN catalogue k ON k.item_code = l.item_code
    AND k.valid_from <= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT)
    AND (k.valid_until IS NULL OR k.valid_until >= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT));

CREATE TABLE facts AS
  SELECT c.*, settled_at AS s, recorded_order AS ord,
    coalesce(i.kind = 'pharmacy', false) AS at_pharmacy,
    hour(wall(settled_at)) >= 22 OR hour(wall(settled_at)) < 6 AS at_night,
    total_fen % 1000 = 0 AS round_amount, total_fen < 5000 AS small_amount,
    coalesce(account_balance_fen = 0 AND account_fen > 0, false) AS account_emptied,
    EXISTS (SELECT 1 FROM listed l WHERE l.claim_id = c.claim_id AND l.is_prone) AS resale_prone,
    total_fen AS amount, fund_fen AS fund, account_fen AS account,
    coalesce((SELECT sum(amount_fen) FROM listed l WHERE l.claim_id = c.claim_id AND l.is_prone), 0) AS resale_amount,
    (SELECT count(*) FROM listed l WHERE l.claim_id = c.claim_id) AS line_count,
    CAST(wall(settled_at) AS DATE) AS day
  FROM claims c LEFT JOIN institutions i USING (institution_id);

CREATE TABLE e AS SELECT * FROM facts WHERE kind = 'settlement';

CREATE TABLE back AS
  SELECT r.s AS back_s, greatest(r.ord, o.ord) AS known, r.claim_id AS back_id, r.line_count AS back_lines,
    r.total_fen = -o.total_fen AS is_full, o.claim_id,
    r.amount AS back_amount, r.fund AS back_fund, r.account AS back_account,
    CASE WHEN r.line_count = 0 AND r.total_fen = -o.total_fen THEN -o.resale_amount ELSE r.resale_amount END AS back_resale_amount
  FROM facts r JOIN e o ON o.claim_id = r.reverses_claim_id
    AND o.patient_id = r.patient_id AND o.institution_id = r.institution_id
  WHERE r.kind = 'reversal';

-- days that went back, per bought line and the order from which that is known
CREATE TABLE returned AS
  SELECT b.known, l.claim_id, l.line_number, l.days AS days FROM back b JOIN listed l USING (claim_id)
    WHERE b.back_lines = 0 AND b.is_full
  UNION ALL
  SELECT b.known, f.claim_id, f.line_number, f.days * least(abs(f.refunded), f.quantity_e4) // f.quantity_e4 FROM back b JOIN (
    SELECT bought.claim_id, bought.line_number, bought.days, bought.quantity_e4, refund.claim_id AS back_id,
      refund.quantity_e4 AS refunded,
      row_number() OVER (PARTITION BY refund.claim_id, refund.line_number, bought.claim_id ORDER BY bought.line_number) AS choice
    FROM listed refund JOIN listed bought ON bought.class IS NOT NULL AND
      (bought.line_id = refund.reverses_line_id OR refund.reverses_line_id IS NULL AND bought.item_code = refund.item_code)
  ) f ON f.back_id = b.back_id AND f.claim_id = b.claim_id AND f.choice = 1;

CREATE TABLE asked AS  -- one row for each drug class on an asked claim
  SELECT q.claim_id, q.ord, q.s, q.patient_id, l.class, sum(l.days) AS own_days,
    CASE WHEN bool_or(coalesce(CAST(floor((q.s + 28800) / 86400) AS BIGINT)
      BETWEEN p.long_prescription_from AND coalesce(p.long_prescription_until, 99999), false)) THEN 84 ELSE 28 END AS allowance
  FROM e q JOIN listed l USING (claim_id) LEFT JOIN patients p ON p.patient_id = q.patient_id
  WHERE l.class IS NOT NULL GROUP BY ALL;

CREATE TABLE doses AS  -- what was bought before each asked row, refunds known by then taken off
  SELECT a.claim_id, a.class, l.s, l.institution_id, l.line_number, l.claim_id AS bought_id,
    greatest(0, l.days - coalesce((SELECT sum(r.days) FROM returned r
      WHERE r.claim_id = l.claim_id AND r.line_number = l.line_number AND r.known < a.ord), 0)) AS days
  FROM asked a JOIN listed l ON l.kind = 'settlement' AND l.patient_id = a.patient_id AND l.class = a.class
    AND l.s <= a.s AND l.ord < a.ord AND l.s >= begins(a.s, 400 * 86400, 'week');
"""

_COLUMNS_OF = {
    "patient": ("patient_id",),
    "doctor": ("doctor_id",),
    "institution": ("institution_id",),
    "patient_institution": ("patient_id", "institution_id"),
    "doctor_patient": ("doctor_id", "patient_id"),
    "institution_amount": ("institution_id", "total_fen"),
}


class Oracle:
    """The claims of one history in DuckDB."""

    def __init__(self, batch: ClaimBatch, context: Context) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        tables = {"claims": batch.claims, "lines": batch.lines, "patients": context.patients,
                  "institutions": context.institutions, "catalogue": context.catalogue}  # fmt: skip
        for name, columns in tables.items():
            self.database.register(f"{name}_in", _arrow(columns))
            self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_in")
        self.database.execute(_SETUP)

    def column(self, feature: Feature) -> dict[str, float]:
        """The feature's value for each settlement by claim id."""
        rows = self.database.execute(f"SELECT q.claim_id, {_value(feature)} FROM e q").fetchall()
        return {claim: feature.empty if value is None else float(value) for claim, value in rows}


def _arrow(columns: dict[str, Array]) -> pa.Table:
    return pa.table({
        name: pa.array([None if value is MISSING or value == MISSING else value for value in column.tolist()],
                       pa.string() if column.dtype == object else None)
        for name, column in columns.items()
    })  # fmt: skip


def _begins(over: str | None, of: str = "q.s") -> str:
    over = over or "400d"
    length = int(over[:-1]) * (3600 if over.endswith("h") else 86400)
    return f"begins({of}, {length}, '{'hour' if length <= 86400 else 'day' if length <= 31 * 86400 else 'week'}')"


def _past(per: str, over: str | None, where: str | None, what: str) -> str:
    """`what` over the settlements of the past; null without any."""
    same = " AND ".join(f"e.{name} = q.{name}" for name in _COLUMNS_OF[per])
    met = f"AND e.{where}" if where else ""
    return f"""(SELECT {what} FROM e WHERE {same} {met}
        AND e.s >= {_begins(over)} AND e.s <= q.s AND e.ord < q.ord)"""


def _taken_back(per: str, over: str | None, where: str | None, what: str, at: str) -> str:
    same = " AND ".join(f"e.{name} = q.{name}" for name in _COLUMNS_OF[per])
    met = f"AND e.{where}" if where else ""
    return f"""(SELECT {what} FROM e JOIN back b USING (claim_id) WHERE {same} {met}
        AND {at} >= {_begins(over)} AND {at} <= q.s AND b.known < q.ord)"""


def _count(per: str, over: str | None, where: str | None = None) -> str:
    return _past(per, over, where, "count(*)")


def _net(per: str, over: str | None, where: str | None, what: str) -> str:
    back = _taken_back(per, over, where, f"sum(b.back_{what})", "e.s")
    return f"(coalesce({_past(per, over, where, f'sum(e.{what})')}, 0) + coalesce({back}, 0))"


def _value(feature: Feature) -> str:  # noqa: C901  # one case for each aggregate
    per, over, where = feature.per, feature.over, feature.where
    match feature.how:
        case Count():
            return _count(per, over, where)
        case Reversals():
            return _taken_back(per, over, where, "count(*)", "b.back_s")
        case Sum(what):
            return _net(per, over, where, what)
        case Mean(what):
            return f"CAST({_net(per, over, None, what)} AS DOUBLE) / nullif({_count(per, over)}, 0)"
        case Share():
            return f"CAST({_count(per, over, where)} AS DOUBLE) / nullif({_count(per, over)}, 0)"
        case ShareOf(whole):
            return f"CAST({_count(per, over)} AS DOUBLE) / nullif({_count(whole, over)}, 0)"
        case Against(what):
            total = _past(per, over, None, f"sum(e.{what})")
            return f"CAST(q.{what} * {_count(per, over)} AS DOUBLE) / nullif({total}, 0)"
        case Distinct(other) if per == "patient_class":
            return _classes(f"count(DISTINCT d.{other}_id)", f"d.s >= {_begins(over)}")
        case Distinct("item"):
            return f"""(SELECT count(DISTINCT l.item_code) FROM listed l WHERE l.kind = 'settlement' AND l.patient_id = q.patient_id
                AND l.s >= {_begins(over)} AND l.s <= q.s AND l.ord < q.ord)"""
        case Distinct(other):
            return _past(per, over, None, f"count(DISTINCT e.{other}_id)")
        case ActiveDays():
            return _past(per, over, None, "count(DISTINCT e.day)")
        case SinceLast():
            return f"CAST(q.s - {_past(per, over, None, 'max(e.s)')} AS DOUBLE) / 86400"
        case Max(what):
            return _past(per, over, None, f"max(e.{what})")
        case Supply(what):
            return _SUPPLY[what](over)
        case Own(what):
            return _OWN.get(what, f"CAST(q.{what.removeprefix('is_')} AS DOUBLE)")
        case _:
            raise AssertionError(f"no oracle for {feature.name}")


def _classes(what: str, where: str = "true") -> str:
    """The largest over the claim's classes of an aggregate over doses d."""
    return f"""coalesce((SELECT max(v) FROM (SELECT {what} AS v FROM asked a LEFT JOIN doses d
        ON d.claim_id = a.claim_id AND d.class = a.class AND {where}
        WHERE a.claim_id = q.claim_id GROUP BY a.class, a.own_days, a.allowance)), 0)"""


def _stock(at: str, strictly: str) -> str:
    """Seconds of stock at a moment: the best start from which purchases outlast the time since."""
    return f"""greatest(0, (SELECT max((SELECT sum(y.days) FROM doses y WHERE y.claim_id = x.claim_id AND y.class = x.class
        AND y.s >= x.s AND y.s {strictly} {at}) * 86400 - ({at} - x.s))
        FROM doses x WHERE x.claim_id = d.claim_id AND x.class = d.class AND x.s {strictly} {at}))"""


_SUPPLY: dict[str, Callable[[str | None], str]] = {
    "days_in_hand": lambda over: _classes(f"CAST(max(coalesce({_stock('q.s', '<=')}, 0)) AS DOUBLE) / 86400"),
    "early_refills_count": lambda over: _classes(
        f"count(*) FILTER (WHERE d.days > 0 AND d.s >= {_begins(over)} AND coalesce({_stock('d.s', '<')}, 0) > 7 * 86400)"
    ),
    "days_supplied_sum": lambda over: _classes("coalesce(sum(d.days), 0)", f"d.s >= {_begins(over)}"),
    "over_supply_ratio": lambda over: _classes(
        f"CAST(coalesce(sum(d.days), 0) + a.own_days AS DOUBLE) / ({(over or '')[:-1]} + a.allowance)",
        f"d.s >= {_begins(over)}",
    ),
}

_OWN = {
    "fund_share": "CASE WHEN q.amount = 0 THEN 0 ELSE CAST(q.fund AS DOUBLE) / q.amount END",
    "lines_count": "q.line_count",
    "items_distinct": "(SELECT count(DISTINCT item_code) FROM listed l WHERE l.claim_id = q.claim_id)",
    "hour": "hour(wall(q.s))",
    "weekday": "isodow(wall(q.s)) - 1",
    "unknown_supply_lines": "(SELECT count(*) FROM listed l WHERE l.claim_id = q.claim_id AND l.class IS NOT NULL AND l.days = 0)",
    "has_no_doctor": "CAST(q.doctor_id IS NULL AS INT)",
    "patient_age": """(SELECT CAST(q.day - DATE '1970-01-01' - p.born_on AS DOUBLE) / 365.25 FROM patients p
        WHERE p.patient_id = q.patient_id)""",
    "patient_is_male": "(SELECT CASE p.sex WHEN '1' THEN 1 WHEN '2' THEN 0 END FROM patients p WHERE p.patient_id = q.patient_id)",
}


def expected(oracle: Oracle, feature: Feature, batch: ClaimBatch) -> Array:
    """The oracle's column in the order of `batch`; zeros for reversals."""
    by_claim = oracle.column(feature)
    return np.array([by_claim.get(claim, 0.0) for claim in batch.claims["claim_id"].tolist()])
