-- At each institution ('' for all) for each item ('' for all): lines, and the lower median of the unit price.
SELECT institution_id AS page, item_code AS member, count(*) AS lines,
    coalesce(quantile_disc(price, 0.5) FILTER (WHERE price > 0), 0) AS price
FROM line GROUP BY ALL
UNION ALL
SELECT '', item_code, count(*), coalesce(quantile_disc(price, 0.5) FILTER (WHERE price > 0), 0) FROM line GROUP BY ALL
UNION ALL
SELECT institution_id, '', count(*), 0 FROM line GROUP BY ALL
UNION ALL
SELECT '', '', count(*), 0 FROM line
