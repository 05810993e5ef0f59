-- For each benefit and each kind and level of institution: settlements and the lower median of their totals.
SELECT '' AS page, benefit_kind || '|' || peers AS member, count(*) AS claims, quantile_disc(total_fen, 0.5) AS fen
FROM claim GROUP BY ALL
