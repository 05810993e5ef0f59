-- The set of items of each settlement as a sorted list.
CREATE TABLE baskets AS
  SELECT claim_id, list_sort(list(DISTINCT item_code)) AS basket FROM listed GROUP BY claim_id;
