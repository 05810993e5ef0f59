-- The row of the catalogue that each line's item had on the day of its claim.
CREATE TABLE in_force AS
  SELECT l.claim_id, l.line_number, k.* FROM listed l JOIN catalogue k ON k.item_code = l.item_code
    AND k.valid_from <= CAST(floor((l.s + 28800) / 86400) AS BIGINT)
    AND (k.valid_until IS NULL OR k.valid_until >= CAST(floor((l.s + 28800) / 86400) AS BIGINT));
