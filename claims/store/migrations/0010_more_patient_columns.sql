-- Columns of what stands two links away, of shared partners, and of the nearest confirmed finding: zero until the next
-- snapshot says otherwise.
UPDATE node_columns SET values = values || '{0,0,0}'::float8[] WHERE node_kind = 'patient' AND cardinality(values) = 8;
