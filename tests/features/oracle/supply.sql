-- Days that went back, per bought line and the order from which that is known.
CREATE TABLE returned AS
  SELECT b.known, l.claim_id, l.line_number, l.days AS days FROM back b JOIN listed l USING (claim_id)
    WHERE b.back_lines = 0 AND b.is_full
  UNION ALL
  SELECT b.known, f.claim_id, f.line_number, f.days * least(abs(f.refunded), f.quantity_e4) // f.quantity_e4 FROM back b JOIN (
    SELECT bought.claim_id, bought.line_number, bought.days, bought.quantity_e4, refund.claim_id AS back_id,
      refund.quantity_e4 AS refunded,
      row_number() OVER (PARTITION BY refund.claim_id, refund.line_number, bought.claim_id ORDER BY bought.line_number) AS choice
    FROM listed refund JOIN listed bought ON bought.class IS NOT NULL AND
      (bought.line_id = refund.reverses_line_id OR refund.reverses_line_id IS NULL AND bought.item_code = refund.item_code)
  ) f ON f.back_id = b.back_id AND f.claim_id = b.claim_id AND f.choice = 1;

CREATE TABLE asked AS  -- one row for each drug class on an asked claim
  SELECT q.claim_id, q.ord, q.s, q.patient_id, l.class, sum(l.days) AS own_days,
    CASE WHEN bool_or(coalesce(CAST(floor((q.s + 28800) / 86400) AS BIGINT)
      BETWEEN p.long_prescription_from AND coalesce(p.long_prescription_until, 99999), false)) THEN 84 ELSE 28 END AS allowance
  FROM e q JOIN listed l USING (claim_id) LEFT JOIN patients p ON p.patient_id = q.patient_id
  WHERE l.class IS NOT NULL GROUP BY ALL;

CREATE TABLE doses AS  -- what was bought before each asked row, refunds known by then taken off
  SELECT a.claim_id, a.class, l.s, l.institution_id, l.line_number, l.claim_id AS bought_id,
    greatest(0, l.days - coalesce((SELECT sum(r.days) FROM returned r
      WHERE r.claim_id = l.claim_id AND r.line_number = l.line_number AND r.known < a.ord), 0)) AS days
  FROM asked a JOIN listed l ON l.kind = 'settlement' AND l.patient_id = a.patient_id AND l.class = a.class
    AND l.s <= a.s AND l.ord < a.ord AND l.s >= begins(a.s, 400 * 86400, 'week');
