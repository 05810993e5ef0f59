-- Adds a block of settlements with what their peers share and their main diagnosis.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT recorded_order AS number, month_of(settled_at) AS settled, month_of(known_at) AS known, day_of(settled_at) AS day,
    c.institution_id, c.doctor_id, c.patient_id, c.benefit_kind, c.total_fen,
    coalesce(i.kind, '') || '|' || coalesce(i.level, '') AS peers,
    coalesce(i.kind, '') || '|' || coalesce(d.name, c.department_id) AS department,
    coalesce(p.sex, '') AS sex,
    CASE WHEN p.born_on IS NULL THEN -1 ELSE CAST(floor((day_of(settled_at) - p.born_on) / 365.25) AS INTEGER) END AS age,
    m.diagnosis
FROM claims c
LEFT JOIN institutions i USING (institution_id)
LEFT JOIN (SELECT institution_id, department_id, arg_max(name, valid_from) AS name FROM departments GROUP BY ALL) d
    ON d.institution_id = c.institution_id AND d.department_id = c.department_id
LEFT JOIN patients p USING (patient_id)
LEFT JOIN (
    SELECT recorded_order, arg_min(code[1:3], (NOT is_main, sequence)) AS diagnosis FROM diagnoses GROUP BY recorded_order
) m USING (recorded_order);

INSERT INTO every_claim SELECT * EXCLUDE (number, day) FROM fresh;

-- Their lines.
CREATE OR REPLACE TEMP TABLE fresh_line AS
SELECT c.number, c.settled, c.known, c.institution_id, l.item_code, l.unit_price_micro_yuan AS price,
    CASE WHEN c.benefit_kind <> 'inpatient' AND is_believed(l.days_of_supply) AND l.quantity_e4 > 0
        THEN l.days_of_supply * 100000000 // l.quantity_e4 END AS days_per_pack_e4,
    coalesce(k.drug_class, CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5
        THEN l.item_code[2:6] END) AS class
FROM lines l
JOIN fresh c ON c.number = l.recorded_order
LEFT JOIN (SELECT *, lead(valid_from) OVER (PARTITION BY item_code ORDER BY valid_from) AS replaced_on FROM catalogue) k
    ON k.drug_class IS NOT NULL AND k.item_code = l.item_code AND c.day >= k.valid_from
    AND c.day <= coalesce(k.valid_until, c.day) AND c.day < coalesce(k.replaced_on, c.day + 1);

INSERT INTO every_line SELECT * EXCLUDE (number, days_per_pack_e4, class) FROM fresh_line;

-- Of those for taking home that state how many days they last, the days of one pack in ten-thousandths.
INSERT INTO every_supply
SELECT settled, known, class, days_per_pack_e4 FROM fresh_line WHERE class IS NOT NULL AND days_per_pack_e4 IS NOT NULL;

-- Of those that have a diagnosis and a drug class, each pair of both once, and with '' for all.
INSERT INTO every_fit
WITH named AS (SELECT DISTINCT recorded_order AS number, code[1:3] AS diagnosis FROM diagnoses), taken AS (
    SELECT DISTINCT number, class FROM fresh_line WHERE class IS NOT NULL AND number IN (SELECT number FROM named)
), treated AS (SELECT * FROM named WHERE number IN (SELECT number FROM taken)), fits AS (
    SELECT number, diagnosis, class FROM treated JOIN taken USING (number)
    UNION ALL SELECT number, '', class FROM taken
    UNION ALL SELECT number, diagnosis, '' FROM treated
    UNION ALL SELECT DISTINCT number, '', '' FROM taken
)
SELECT settled, known, f.diagnosis, f.class FROM fits f JOIN fresh USING (number);
