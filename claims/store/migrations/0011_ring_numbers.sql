-- The number of the ring that a patient stands in: zero until the next snapshot says otherwise.
UPDATE node_columns SET values = values || '{0}'::float8[] WHERE node_kind = 'patient' AND cardinality(values) = 11;
-- Who ever stood in a ring, few among all: a settlement asks it about whoever came to its till just before.
CREATE INDEX node_columns_in_ring ON node_columns (node_id) WHERE node_kind = 'patient' AND values[12] > 0;
