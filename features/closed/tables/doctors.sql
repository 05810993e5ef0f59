-- For each kind of institution and department: months of a doctor, lower medians of settlements and mean total of each.
WITH months AS (
    SELECT department, count(*) AS claims, CAST(sum(total_fen) // count(*) AS BIGINT) AS mean
    FROM claim WHERE doctor_id IS NOT NULL AND department IS NOT NULL GROUP BY department, doctor_id, settled
)
SELECT '' AS page, department AS member, count(*) AS months, quantile_disc(claims, 0.5) AS claims,
    quantile_disc(mean, 0.5) AS mean
FROM months GROUP BY ALL
