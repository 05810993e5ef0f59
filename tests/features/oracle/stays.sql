-- Every settlement with the days it says something about, and the order from which it is known to be taken back wholly.
CREATE TABLE spans AS
  SELECT e.*, e.benefit_kind = 'inpatient' AND e.admitted_on IS NOT NULL AND e.discharged_on >= e.admitted_on AS is_stay,
    CASE WHEN e.benefit_kind = 'inpatient' AND e.discharged_on >= e.admitted_on THEN e.admitted_on
      ELSE CAST(floor((coalesce(e.served_at, e.s) + 28800) / 86400) AS BIGINT) END AS begins_on,
    (SELECT code FROM diagnoses d WHERE d.claim_id = e.claim_id AND d.is_main ORDER BY sequence LIMIT 1) AS diagnosis,
    (SELECT min(known) FROM back b WHERE b.claim_id = e.claim_id AND b.is_full) AS undone
  FROM e;

CREATE TABLE seen AS  -- pairs of an asked claim and an earlier settlement of its person that stands
  SELECT q.claim_id AS asked, q.s AS asked_s, p.*, greatest(1, p.discharged_on - p.admitted_on) AS days
  FROM spans q JOIN spans p ON p.patient_id = q.patient_id AND p.s <= q.s AND p.ord < q.ord
    AND (p.undone IS NULL OR p.undone >= q.ord);
