-- For each main diagnosis ('' for all), benefit, age band and kind and level of institution: settlements and their sum.
WITH mix AS (
    SELECT coalesce(diagnosis, 'none') AS page, benefit_kind || '|' || age_band(age) || '|' || peers AS member, total_fen
    FROM claim
)
SELECT page, member, count(*) AS claims, CAST(sum(total_fen) AS BIGINT) AS fen FROM mix GROUP BY ALL
UNION ALL
SELECT '', member, count(*), CAST(sum(total_fen) AS BIGINT) FROM mix GROUP BY ALL
