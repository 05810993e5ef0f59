-- For each diagnosis ('' for all) and drug class ('' for all): settlements that have both, of those that have any of each.
WITH named AS (SELECT DISTINCT number, diagnosis FROM diagnosis), taken AS (
    SELECT DISTINCT number, class FROM line WHERE class IS NOT NULL AND number IN (SELECT number FROM named)
), treated AS (SELECT * FROM named WHERE number IN (SELECT number FROM taken))
SELECT diagnosis AS page, class AS member, count(*) AS claims FROM treated JOIN taken USING (number) GROUP BY ALL
UNION ALL
SELECT '', class, count(*) FROM taken GROUP BY ALL
UNION ALL
SELECT diagnosis, '', count(*) FROM treated GROUP BY ALL
UNION ALL
SELECT '', '', count(DISTINCT number) FROM taken
