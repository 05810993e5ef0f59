-- The area's clock, and every fee line with its drug class, the days it lasts and how they are known.
CREATE MACRO wall(s) AS make_timestamp((s + 28800) * 1000000);
CREATE MACRO seconds(w) AS CAST(epoch(w) AS BIGINT) - 28800;
CREATE MACRO begins(t, length, unit) AS seconds(date_trunc(unit, wall(t - length)));

CREATE TABLE told AS
  SELECT l.*, k.is_resale_prone AS is_prone, c.settled_at AS s, c.recorded_order AS ord, c.patient_id, c.institution_id, c.kind, c.known_at,
    CASE WHEN c.benefit_kind <> 'inpatient' THEN coalesce(k.drug_class,
      CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5 THEN l.item_code[2:6] END) END AS class,
    CASE WHEN l.days_of_supply BETWEEN 1 AND 200 THEN l.days_of_supply END AS stated,
    CASE WHEN k.units_per_pack_e4 > 0 AND k.units_per_day_e4 > 0
         THEN abs(l.quantity_e4) * k.units_per_pack_e4 // (k.units_per_day_e4 * 10000) END AS labelled
  FROM lines l JOIN claims c USING (claim_id) LEFT JOIN catalogue k ON k.item_code = l.item_code
    AND k.valid_from <= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT)
    AND (k.valid_until IS NULL OR k.valid_until >= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT));

CREATE TABLE usual AS  -- ten-thousandths of days that a pack of each class lasted in the months before each claim
  SELECT q.claim_id, o.class, list_sort(list(o.stated * 100000000 // o.quantity_e4))[CAST(ceil(count(*) / 2) AS BIGINT)] AS of_pack
  FROM (SELECT claim_id, date_trunc('month', wall(known_at - 4 * 3600)) AS until FROM claims) q
  JOIN told o ON o.kind = 'settlement' AND o.stated > 0 AND o.quantity_e4 > 0 AND o.class IS NOT NULL
    AND o.s < seconds(q.until) AND o.s >= seconds(q.until - INTERVAL 3 MONTH) AND o.known_at < seconds(q.until)
  GROUP BY q.claim_id, o.class HAVING count(*) >= fewest();

CREATE TABLE listed AS
  SELECT t.* EXCLUDE (known_at, stated, labelled),
    CASE WHEN stated IS NOT NULL THEN 'stated' WHEN labelled IS NOT NULL THEN 'labelled'
         WHEN u.of_pack > 0 THEN 'learned' ELSE 'unknown' END AS way,
    coalesce(stated, labelled, CAST(round(abs(t.quantity_e4) * u.of_pack / 100000000) AS BIGINT), 0) AS days
  FROM told t LEFT JOIN usual u ON u.claim_id = t.claim_id AND u.class = t.class;
