-- The area's clock, and every fee line with its drug class and the days it lasts.
CREATE MACRO wall(s) AS make_timestamp((s + 28800) * 1000000);
CREATE MACRO seconds(w) AS CAST(epoch(w) AS BIGINT) - 28800;
CREATE MACRO begins(t, length, unit) AS seconds(date_trunc(unit, wall(t - length)));

CREATE TABLE listed AS
  SELECT l.*, k.is_resale_prone AS is_prone, c.settled_at AS s, c.recorded_order AS ord, c.patient_id, c.institution_id, c.kind,
    CASE WHEN c.benefit_kind <> 'inpatient' THEN coalesce(k.drug_class,
      CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5 THEN l.item_code[2:6] END) END AS class,
    CASE WHEN l.days_of_supply BETWEEN 1 AND 200 THEN l.days_of_supply
         WHEN k.units_per_pack_e4 > 0 AND k.units_per_day_e4 > 0
         THEN abs(l.quantity_e4) * k.units_per_pack_e4 // (k.units_per_day_e4 * 10000) ELSE 0 END AS days
  FROM lines l JOIN claims c USING (claim_id) LEFT JOIN catalogue k ON k.item_code = l.item_code
    AND k.valid_from <= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT)
    AND (k.valid_until IS NULL OR k.valid_until >= CAST(floor((c.settled_at + 28800) / 86400) AS BIGINT));
