-- For each diagnosis ('' for all) and drug class ('' for all): settlements that have both, of those that have any of each.
SELECT diagnosis AS page, class AS member, count(*) AS claims FROM fit WHERE diagnosis || class <> '' GROUP BY ALL
UNION ALL
SELECT '', '', count(*) FROM fit WHERE diagnosis || class = ''
