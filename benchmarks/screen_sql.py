"""Ten of the rules as DuckDB SQL: what each finds as (order of the claim, line number, fen), 0 for the whole claim."""

from __future__ import annotations

import time
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from claims.tables import MISSING

Found = dict[str, set[tuple[int, int, int]]]

_DAY = "(({0} + 28800) // 86400)"
_SERVED = f"(CASE WHEN c.served_at = {MISSING} THEN c.settled_at ELSE c.served_at END)"
_LINE_DAY = _DAY.format(f"(CASE WHEN l.served_at = {MISSING} THEN {_SERVED} ELSE l.served_at END)")

VIEWS = f"""
CREATE TABLE settlements AS SELECT c.*, {_DAY.format(_SERVED)} AS day, {_DAY.format("c.settled_at")} AS settled_day,
    p.sex, p.born_on, p.died_on, i.kind AS place
FROM claims c LEFT JOIN patients p USING (patient_id) LEFT JOIN institutions i USING (institution_id)
WHERE c.kind = 'settlement';
CREATE TABLE billed AS SELECT l.*, c.sex, c.born_on, {_LINE_DAY} AS day, k.only_sex, k.least_age_years,
    k.most_age_years, CASE WHEN k.price_ceiling_micro_yuan > 0 THEN k.price_ceiling_micro_yuan
    ELSE l.price_ceiling_micro_yuan END AS ceiling
FROM lines l JOIN settlements c USING (recorded_order)
LEFT JOIN catalogue k ON k.item_code = l.item_code AND k.valid_from <= {_LINE_DAY}
    AND (k.valid_until = {MISSING} OR k.valid_until >= {_LINE_DAY});
"""
"""The joins that several rules share, made once, as ours are. No item of the made-up city has two catalogue rows."""

_SUM = "sum(greatest(amount_fen, 0))"
_ABOVE = """
SELECT recorded_order, line_number, least(fen, greatest(amount_fen, 0)) FROM (
    SELECT *, (unit_price_micro_yuan - ceiling)::hugeint * quantity_e4 // 100000000 AS fen FROM billed
    WHERE ceiling > 0 AND unit_price_micro_yuan > ceiling AND quantity_e4 > 0 AND item_kind {} 'service'
) WHERE fen > 0"""
_OTHER_SEX = """
SELECT recorded_order, line_number, greatest(amount_fen, 0) FROM billed
WHERE item_kind {} ('drug', 'herbal') AND only_sex IN ('1', '2') AND sex IN ('1', '2') AND only_sex <> sex"""
_PRODUCT = "(quantity_e4::hugeint * unit_price_micro_yuan + 50000000) // 100000000"

QUERIES: Mapping[str, str] = {
    "GZ10000102001000": _ABOVE.format("="),
    "YC-PRICE": _ABOVE.format("<>"),
    "GZ10000301004000": _OTHER_SEX.format("IN"),
    "GZ10000302004000": _OTHER_SEX.format("NOT IN"),
    "YC-AGE": f"""
WITH aged AS (SELECT *, date_sub('year', date '1970-01-01' + born_on::int, date '1970-01-01' + day::int) AS age
    FROM billed WHERE born_on <> {MISSING})
SELECT recorded_order, line_number, greatest(amount_fen, 0) FROM aged
WHERE (least_age_years <> {MISSING} AND age < least_age_years) OR (most_age_years <> {MISSING} AND age > most_age_years)
""",
    "YC-AMOUNT": f"""
SELECT recorded_order, line_number, greatest(amount_fen - {_PRODUCT}, 0) FROM billed
WHERE unit_price_micro_yuan > 0 AND quantity_e4 > 0
    AND abs(amount_fen - quantity_e4::double * unit_price_micro_yuan / 100000000)
        > CASE WHEN unit_price_micro_yuan % 10000 = 0 THEN abs(quantity_e4) / 20000 ELSE 0 END + 1""",
    "YC-LIFE": f"""
SELECT recorded_order, 0, greatest(total_fen, 0) FROM settlements
WHERE died_on <> {MISSING} AND died_on <
    CASE WHEN benefit_kind = 'inpatient' AND admitted_on <> {MISSING} AND discharged_on >= admitted_on
    THEN admitted_on ELSE day END""",
    "YC-NODIAGNOSIS": f"""
SELECT recorded_order, 0, {_SUM} FROM settlements c JOIN lines l USING (recorded_order)
WHERE c.fund_fen > 0 AND c.place IS DISTINCT FROM 'pharmacy' AND l.item_kind IN ('drug', 'herbal')
    AND NOT EXISTS (SELECT 1 FROM diagnoses d WHERE d.recorded_order = c.recorded_order)
GROUP BY recorded_order""",
    "YC-TILL": """
WITH numbered AS (
    SELECT recorded_order, total_fen, count(*) OVER (PARTITION BY patient_id, institution_id, till_id, settled_day
        ORDER BY recorded_order) AS times FROM settlements WHERE till_id IS NOT NULL)
SELECT recorded_order, 0, greatest(total_fen, 0) FROM numbered WHERE times > 3""",
    "YC-DUPLICATE": """
WITH bills AS (
    SELECT recorded_order, list_sort(list((item_code, quantity_e4, amount_fen))) AS bill FROM lines
    WHERE recorded_order IN (SELECT recorded_order FROM settlements) GROUP BY recorded_order),
often AS (
    SELECT *, count(*) OVER (PARTITION BY patient_id, institution_id, day) AS times FROM settlements),
twins AS (
    SELECT recorded_order, claim_id, patient_id, institution_id, day, total_fen, bill
    FROM often JOIN bills USING (recorded_order) WHERE times > 1),
gone AS (
    SELECT r.reverses_claim_id AS claim_id, min(r.recorded_order) AS since FROM claims r
    JOIN settlements o ON o.claim_id = r.reverses_claim_id AND o.patient_id = r.patient_id
        AND o.institution_id = r.institution_id
    WHERE r.kind = 'reversal' GROUP BY 1)
SELECT DISTINCT t.recorded_order, 0, greatest(t.total_fen, 0) FROM twins t JOIN twins o
    ON o.patient_id = t.patient_id AND o.institution_id = t.institution_id AND o.day = t.day AND o.bill = t.bill
    AND o.recorded_order < t.recorded_order
LEFT JOIN gone g ON g.claim_id = o.claim_id
WHERE g.since IS NULL OR g.since > t.recorded_order""",
}


def run_duckdb(tables: Mapping[str, pa.Table]) -> tuple[float, Found]:
    """Seconds for the joins and the queries, and what each found; loading the tables is not counted."""
    database = duckdb.connect()
    for name, table in tables.items():
        database.register("arrow", table)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")
        database.unregister("arrow")
    start = time.perf_counter()
    database.execute(VIEWS)
    for code, query in QUERIES.items():
        database.execute(f'CREATE TABLE "{code}" AS {query}')
    seconds = time.perf_counter() - start
    return seconds, {code: {tuple(row) for row in database.execute(f'FROM "{code}"').fetchall()} for code in QUERIES}
