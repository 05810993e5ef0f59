-- For each sex and age band: persons, and of their three months' settlements and totals the ninth decile.
WITH persons AS (
    SELECT patient_id, sex || '|' || age_band(max(age)) AS member, count(*) AS claims, CAST(sum(total_fen) AS BIGINT) AS fen
    FROM claim GROUP BY patient_id, sex
)
SELECT '' AS page, member, count(*) AS persons, quantile_disc(claims, 0.9) AS claims, quantile_disc(fen, 0.9) AS fen
FROM persons GROUP BY ALL
