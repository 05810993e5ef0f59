"""A made-up store for measuring one settlement: a busy hospital and patients with a long past, written in SQL."""

from __future__ import annotations

import psycopg

HOSPITAL = "BIG"
DOCTORS, TILLS, DEPARTMENTS, ITEMS, PLACES = 200, 30, 20, 2_000, 30
VARIETY = 40
"""Different drugs that one patient gets."""
LONG_PAST = 500
"""Claims that a heavy patient brought within a year, a fifth of them at the hospital."""
NODE_CHANGES = 52
"""Changes of link columns of one node within a year: one a week."""

_PAST = "timestamptz '2025-12-31 12:00+08' - make_interval(secs => {share} * 31536000)"
_REFERENCE = f"""
SELECT setseed(0.25);
INSERT INTO institutions SELECT '{HOSPITAL}', NULL, 'hospital', '3', NULL;
INSERT INTO institutions SELECT 'I' || n, NULL, CASE WHEN n % 2 = 0 THEN 'pharmacy' ELSE 'hospital' END, '1', NULL
    FROM generate_series(1, {PLACES}) n;
INSERT INTO declarations SELECT institution_id, register, true, now()
    FROM institutions, unnest(ARRAY['doctors', 'pharmacists', 'tills', 'departments']) AS register;
INSERT INTO departments SELECT '{HOSPITAL}', 'DEP' || n, NULL, '2015-01-01' FROM generate_series(1, {DEPARTMENTS}) n;
INSERT INTO staff SELECT '{HOSPITAL}', 'D' || n, 'doctor', 'DEP' || 1 + n % {DEPARTMENTS}, '2015-01-01'
    FROM generate_series(1, {DOCTORS}) n;
INSERT INTO staff SELECT '{HOSPITAL}', 'T' || n, 'till', NULL, '2015-01-01' FROM generate_series(1, {TILLS}) n;
INSERT INTO catalogue (item_code, item_kind, units_per_pack_e4, units_per_day_e4, is_resale_prone, valid_from)
    SELECT 'X' || chr(65 + n % 20) || lpad((n % 90)::text, 2, '0') || 'AA' || 'A' || lpad(n::text, 6, '0'), 'drug',
    280000, 10000, n % 25 = 0, '2015-01-01' FROM generate_series(1, {ITEMS}) n;
"""
_STAGED = f"""
CREATE TEMPORARY TABLE staged AS
SELECT 'P' || n % {{heavy}} AS patient,
    CASE WHEN random() < 0.2 THEN '{HOSPITAL}' ELSE 'I' || (1 + floor(random() * {PLACES}))::int END AS place,
    {_PAST.format(share="random()")} AS at FROM generate_series(1, {{heavy}} * {LONG_PAST}) n
UNION ALL
SELECT 'Q' || (random() * {{light}})::int, '{HOSPITAL}', {_PAST.format(share="random()")}
    FROM generate_series(1, {{rest}});
ALTER TABLE staged ADD COLUMN place_in_time bigint, ADD COLUMN chance double precision DEFAULT random();
UPDATE staged s SET place_in_time = o.place_in_time
    FROM (SELECT ctid AS row, row_number() OVER (ORDER BY at) AS place_in_time FROM staged) o WHERE s.ctid = o.row;
INSERT INTO claims SELECT 'S' || lpad(place_in_time::text, 24, '0'), 'V' || place_in_time, 'settlement', NULL, patient,
    place, CASE WHEN place = '{HOSPITAL}' THEN 'D' || 1 + floor(chance * {DOCTORS}) ELSE 'E' || place END, NULL, NULL,
    CASE WHEN place = '{HOSPITAL}' THEN 'DEP' || 1 + floor(chance * {DEPARTMENTS}) END,
    CASE WHEN place = '{HOSPITAL}' THEN 'T' || 1 + floor(chance * {TILLS}) ELSE 'T' || place END, 'networked',
    'general_outpatient', '11', '310', false, at, at, at, 'service clock', NULL, NULL, amount, amount, amount / 2,
    amount - amount / 2, 0, 100000, place_in_time, 'import 1'
    FROM (SELECT *, 1000 + floor(20000 * random())::bigint AS amount FROM staged) s ORDER BY place_in_time;
INSERT INTO lines SELECT claim_id, n, claim_id || '-' || n, NULL, claim_id, item_code, NULL, 'drug', '09', '01',
    c.doctor_id, c.department_id, settled_at, 10000, total_fen * 3333, NULL, total_fen / 3, total_fen / 3, 7 * n
    FROM (SELECT *, abs(hashtext(patient_id)) % {ITEMS} + floor(random() * {VARIETY})::int AS first
    FROM claims) c CROSS JOIN generate_series(1, 3) n
    JOIN (SELECT row_number() OVER (ORDER BY item_code) - 1 AS number, item_code FROM catalogue) i
    ON i.number = (c.first + n * 7) % {ITEMS};
INSERT INTO diagnoses SELECT claim_id, 1, 'I' || recorded_order % 100, true, false FROM claims;
INSERT INTO patients (patient_id, sex, born_on) SELECT DISTINCT patient, '1', date '1960-01-01' FROM staged;
INSERT INTO node_columns SELECT kind, id, {_PAST.format(share="n / 53.0")}, 'S', array_fill(0.5::float8, ARRAY[width])
    FROM (SELECT DISTINCT 'patient' AS kind, patient AS id, {{patient_width}} AS width FROM staged UNION ALL
          SELECT 'doctor', 'D' || n, {{doctor_width}} FROM generate_series(1, {DOCTORS}) n UNION ALL
          SELECT 'institution', '{HOSPITAL}', {{institution_width}}) nodes,
    generate_series(1, {NODE_CHANGES}) n WHERE kind <> 'patient' OR id LIKE 'P%';
SELECT setval('recorded_order', max(recorded_order)) FROM claims;
ANALYZE;
"""


def fill(connection: psycopg.Connection, claims_a_year: int, heavy: int, widths: dict[str, int]) -> None:
    """Write the past.

    Args:
        connection: of the owner; committed.
        claims_a_year: how many claims the hospital settled in the last year, those of heavy patients among them.
        heavy: patients with `LONG_PAST` claims.
        widths: link columns of each kind of node.
    """
    rest = max(0, claims_a_year - heavy * LONG_PAST // 5)
    named = {f"{kind}_width": width for kind, width in widths.items()}
    connection.execute(_REFERENCE)
    connection.execute(_STAGED.format(heavy=heavy, rest=rest, light=max(1, rest // 8), **named))
    connection.commit()
