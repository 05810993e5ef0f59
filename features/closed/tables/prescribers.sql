-- For each doctor: patients, and how many of them bought at the one pharmacy where most did; at each pharmacy: how many did.
WITH seen AS (SELECT DISTINCT doctor_id, patient_id FROM claim WHERE doctor_id IS NOT NULL),
bought AS (SELECT DISTINCT institution_id, patient_id FROM claim WHERE peers LIKE 'pharmacy|%'),
shared AS (
    SELECT institution_id, doctor_id, count(*) AS shared FROM seen JOIN bought USING (patient_id) GROUP BY ALL
),
most AS (SELECT doctor_id, max(shared) AS shared FROM shared GROUP BY ALL)
SELECT '' AS page, doctor_id AS member, count(*) AS patients, coalesce(any_value(shared), 0) AS shared
FROM seen LEFT JOIN most USING (doctor_id) GROUP BY ALL
UNION ALL
SELECT institution_id, doctor_id, 0, shared FROM shared
