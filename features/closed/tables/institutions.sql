-- For each kind and level: months of an institution, and of each month's settlements, mean total, sum of totals and
-- thousandths of settlements a person the lower median.
WITH months AS (
    SELECT peers, count(*) AS claims, CAST(sum(total_fen) AS BIGINT) AS fen,
        count(*) * 1000 // count(DISTINCT patient_id) AS per_patient
    FROM claim GROUP BY peers, institution_id, settled
)
SELECT '' AS page, peers AS member, count(*) AS months, quantile_disc(claims, 0.5) AS claims,
    quantile_disc(fen // claims, 0.5) AS mean, quantile_disc(fen, 0.5) AS fen, quantile_disc(per_patient, 0.5) AS per_patient
FROM months GROUP BY ALL
