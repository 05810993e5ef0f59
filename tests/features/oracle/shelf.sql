-- What a person had bought of every class before each claim, refunds known by then taken off, and what may be kept.
CREATE TABLE shelf AS
  SELECT q.claim_id, q.s AS asked_s, l.class, l.s,
    greatest(0, l.days - coalesce((SELECT sum(r.days) FROM returned r
      WHERE r.claim_id = l.claim_id AND r.line_number = l.line_number AND r.known < q.ord), 0)) AS days,
    CASE WHEN coalesce((SELECT CAST(floor((q.s + 28800) / 86400) AS BIGINT)
      BETWEEN p.long_prescription_from AND coalesce(p.long_prescription_until, 99999)
      FROM patients p WHERE p.patient_id = q.patient_id), false) THEN 84 ELSE 28 END AS allowance
  FROM e q JOIN listed l ON l.kind = 'settlement' AND l.patient_id = q.patient_id AND l.class IS NOT NULL
    AND l.s <= q.s AND l.ord < q.ord AND l.s >= begins(q.s, 400 * 86400, 'week');

CREATE TABLE stocks AS  -- seconds left of a class: the best start from which purchases outlast the time since
  SELECT claim_id, class, allowance, max((SELECT sum(y.days) FROM shelf y
      WHERE y.claim_id = x.claim_id AND y.class = x.class AND y.s >= x.s) * 86400 - (x.asked_s - x.s)) AS seconds_left
  FROM shelf x GROUP BY claim_id, class, allowance;
