-- For each drug class: lines that state how many days they last, and the lower median of days a pack in ten-thousandths.
SELECT '' AS page, class AS member, count(*) AS lines, quantile_disc(days_per_pack_e4, 0.5) AS days_per_pack_e4
FROM supply GROUP BY ALL
