# ruff: noqa: E501  # SQL reads better unbroken
"""One row a claim with every condition and quantity (`facts`), the settlements (`e`), and what came back (`back`)."""

from __future__ import annotations

from holidays import country_holidays

from claims.tables import BENEFIT_KINDS

CONDITIONS = {
    "at_pharmacy": "coalesce((SELECT i.kind = 'pharmacy' FROM institutions i WHERE i.institution_id = c.institution_id), false)",
    "at_night": "hour(wall(c.settled_at)) >= 22 OR hour(wall(c.settled_at)) < 6",
    "round_amount": "c.total_fen % 1000 = 0",
    "small_amount": "c.total_fen < 5000",
    "account_emptied": "coalesce(c.account_balance_fen = 0 AND c.account_fen > 0, false)",
    "resale_prone": "EXISTS (SELECT 1 FROM listed l WHERE l.claim_id = c.claim_id AND l.is_prone)",
    "on_holiday": "CAST(wall(c.settled_at) AS DATE) IN (SELECT day FROM public_holidays)",
    "at_weekend": "isodow(wall(c.settled_at)) >= 6",
    **{kind: f"c.benefit_kind = '{kind}'" for kind in BENEFIT_KINDS},
}
"""Conditions by name, over a claim `c`."""

AMOUNTS = {"amount": "c.total_fen", "fund": "c.fund_fen", "account": "c.account_fen"}
"""Quantities that a claim states itself; a reversal states its own."""

LINE_AMOUNTS = {
    "resale_amount": "coalesce((SELECT sum(l.amount_fen) FROM listed l WHERE l.claim_id = c.claim_id AND l.is_prone), 0)",
}
"""Quantities summed over lines; a whole reversal without lines takes all of its original's back."""

_COLUMNS = {
    **CONDITIONS,
    **AMOUNTS,
    **LINE_AMOUNTS,
    "line_count": "(SELECT count(*) FROM listed l WHERE l.claim_id = c.claim_id)",
    "day": "CAST(wall(c.settled_at) AS DATE)",
}


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


_BACK = {
    **{f"back_{name}": f"r.{name}" for name in AMOUNTS},
    **{
        f"back_{name}": f"CASE WHEN r.line_count = 0 AND r.total_fen = -o.total_fen THEN -o.{name} ELSE r.{name} END"
        for name in LINE_AMOUNTS
    },
}

_HOLIDAYS = ", ".join(f"DATE '{day}'" for day in country_holidays("CN", years=range(2001, 2051)))

SETUP = f"""
CREATE TABLE public_holidays AS SELECT unnest([{_HOLIDAYS}]) AS day;

CREATE TABLE facts AS SELECT c.*, c.settled_at AS s, c.recorded_order AS ord, {_listed(_COLUMNS)} FROM claims c;

CREATE TABLE e AS SELECT * FROM facts WHERE kind = 'settlement';

CREATE TABLE back AS
  SELECT r.s AS back_s, greatest(r.ord, o.ord) AS known, r.claim_id AS back_id, r.line_count AS back_lines,
    r.total_fen = -o.total_fen AS is_full, o.claim_id, {_listed(_BACK)}
  FROM facts r JOIN e o ON o.claim_id = r.reverses_claim_id
    AND o.patient_id = r.patient_id AND o.institution_id = r.institution_id
  WHERE r.kind = 'reversal';
"""
