-- What every asked claim may have learned from: settlements of the three full months before the month in which it was
-- known (a month begins four hours late), as far as they were known when that month began.
CREATE TABLE described AS
  SELECT e.*, coalesce(i.kind, '') AS place, coalesce(i.level, '') AS level,
    coalesce(d.name, e.department_id) AS department, coalesce(p.sex, '') AS sex,
    CASE WHEN p.born_on IS NULL THEN NULL ELSE floor((e.day - DATE '1970-01-01' - p.born_on) / 365.25) END AS age,
    date_trunc('month', wall(e.s)) AS month,
    coalesce((SELECT x.code[1:3] FROM diagnoses x WHERE x.claim_id = e.claim_id
      ORDER BY x.is_main DESC, x.sequence LIMIT 1), 'none') AS main
  FROM e LEFT JOIN institutions i USING (institution_id)
    LEFT JOIN (SELECT institution_id, department_id, arg_max(name, valid_from) AS name FROM departments GROUP BY ALL) d
        ON d.institution_id = e.institution_id AND d.department_id = e.department_id
    LEFT JOIN patients p ON p.patient_id = e.patient_id;

CREATE MACRO band_of(age) AS CASE WHEN age IS NULL OR age < 0 THEN 'none' WHEN age < 7 THEN 'a' WHEN age < 18 THEN 'b'
  WHEN age < 45 THEN 'c' WHEN age < 60 THEN 'd' WHEN age < 75 THEN 'e' ELSE 'f' END;

CREATE TABLE taught AS
  SELECT q.claim_id AS asked, o.*
  FROM (SELECT claim_id, date_trunc('month', wall(known_at - 4 * 3600)) AS until FROM e) q
  JOIN described o ON o.s < seconds(q.until) AND o.s >= seconds(q.until - INTERVAL 3 MONTH) AND o.known_at < seconds(q.until);

CREATE TABLE priced AS  -- the fee lines of settlements
  SELECT l.claim_id, l.line_number, l.institution_id, l.item_code, l.unit_price_micro_yuan AS price, l.amount_fen,
    coalesce((SELECT k.drug_class FROM catalogue k WHERE k.item_code = l.item_code
        AND k.valid_from <= x.day - DATE '1970-01-01' AND coalesce(k.valid_until, 99999) >= x.day - DATE '1970-01-01'),
      CASE WHEN l.item_code[1] IN ('X', 'Z') AND length(l.item_code) > 5 THEN l.item_code[2:6] END) AS class
  FROM listed l JOIN e x USING (claim_id);

CREATE TABLE taught_lines AS
  SELECT t.asked, l.* FROM taught t JOIN priced l USING (claim_id);

CREATE TABLE meant AS SELECT DISTINCT claim_id, code[1:3] AS diagnosis FROM diagnoses WHERE claim_id IN (SELECT claim_id FROM e);

-- the values of which half, or nine tenths, are not above the result
CREATE MACRO rank_of(vs, tenths) AS list_sort(vs)[CAST(ceil(len(vs) * tenths / 10) AS BIGINT)];

CREATE TABLE prices AS  -- each asked line with the medians and counts of its item
  SELECT a.*,
    (SELECT rank_of(list(t.price), 5) FROM taught_lines t WHERE t.asked = a.claim_id AND t.item_code = a.item_code AND t.price > 0) AS usual,
    (SELECT rank_of(list(t.price), 5) FROM taught_lines t WHERE t.asked = a.claim_id AND t.item_code = a.item_code
      AND t.institution_id = a.institution_id AND t.price > 0) AS own,
    (SELECT count(*) FROM taught_lines t WHERE t.asked = a.claim_id) AS everything,
    (SELECT count(*) FROM taught_lines t WHERE t.asked = a.claim_id AND t.item_code = a.item_code) AS of_item,
    (SELECT count(*) FROM taught_lines t WHERE t.asked = a.claim_id AND t.institution_id = a.institution_id) AS here,
    (SELECT count(*) FROM taught_lines t WHERE t.asked = a.claim_id AND t.institution_id = a.institution_id
      AND t.item_code = a.item_code) AS of_item_here
  FROM priced a;

CREATE TABLE treated AS  -- taught settlements that have a diagnosis and a drug
  SELECT asked, claim_id FROM taught t WHERE claim_id IN (SELECT claim_id FROM meant)
    AND claim_id IN (SELECT claim_id FROM priced WHERE class IS NOT NULL);

CREATE TABLE pairings AS  -- each asked drug line with each diagnosis of its claim
  SELECT a.claim_id, a.line_number, a.amount_fen,
    (SELECT count(*) FROM treated t WHERE t.asked = a.claim_id) AS n,
    (SELECT count(*) FROM treated t WHERE t.asked = a.claim_id
      AND EXISTS (SELECT 1 FROM meant o WHERE o.claim_id = t.claim_id AND o.diagnosis = m.diagnosis)) AS ill,
    (SELECT count(*) FROM treated t WHERE t.asked = a.claim_id
      AND EXISTS (SELECT 1 FROM priced o WHERE o.claim_id = t.claim_id AND o.class = a.class)) AS given,
    (SELECT count(*) FROM treated t WHERE t.asked = a.claim_id
      AND EXISTS (SELECT 1 FROM meant o WHERE o.claim_id = t.claim_id AND o.diagnosis = m.diagnosis)
      AND EXISTS (SELECT 1 FROM priced o WHERE o.claim_id = t.claim_id AND o.class = a.class)) AS pair
  FROM priced a JOIN meant m USING (claim_id) WHERE a.class IS NOT NULL;

CREATE TABLE drug_fits AS  -- the best fit of each drug line, where the class was ever given
  SELECT claim_id, line_number, greatest(any_value(amount_fen), 0) AS money,
    max(CAST(pair * n + 20 * given AS DOUBLE) / (n * (ill + 20))) AS chance,
    max(CAST(pair * n + 20 * given AS DOUBLE) / (given * (ill + 20))) AS lift
  FROM pairings WHERE given > 0 GROUP BY claim_id, line_number;
