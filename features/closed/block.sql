-- Adds a block of settlements with all their lines and diagnoses, and what their peers share.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT recorded_order AS number, month_of(settled_at) AS settled, month_of(known_at) AS known, day_of(settled_at) AS day,
    c.institution_id, c.doctor_id, c.patient_id, c.benefit_kind, c.total_fen,
    coalesce(i.kind, '') || '|' || coalesce(i.level, '') AS peers,
    coalesce(i.kind, '') || '|' || coalesce(d.name, c.department_id) AS department,
    coalesce(p.sex, '') AS sex,
    CASE WHEN p.born_on IS NULL THEN -1 ELSE CAST(floor((day_of(settled_at) - p.born_on) / 365.25) AS INTEGER) END AS age
FROM claims c
LEFT JOIN institutions i USING (institution_id)
LEFT JOIN departments d ON d.institution_id = c.institution_id AND d.department_id = c.department_id
LEFT JOIN patients p USING (patient_id);

INSERT INTO every_claim SELECT * FROM fresh;

INSERT INTO every_line
SELECT c.number, c.settled, c.known, c.institution_id, l.item_code, l.unit_price_micro_yuan AS price,
    coalesce(k.drug_class, CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5
        THEN l.item_code[2:6] END) AS class
FROM lines l
JOIN fresh c ON c.number = l.recorded_order
LEFT JOIN (SELECT *, lead(valid_from) OVER (PARTITION BY item_code ORDER BY valid_from) AS replaced_on FROM catalogue) k
    ON k.drug_class IS NOT NULL AND k.item_code = l.item_code AND c.day >= k.valid_from
    AND c.day <= coalesce(k.valid_until, c.day) AND c.day < coalesce(k.replaced_on, c.day + 1);

INSERT INTO every_diagnosis
SELECT c.number, c.settled, c.known, code[1:3] AS diagnosis, sequence, is_main
FROM diagnoses d JOIN fresh c ON c.number = d.recorded_order;
