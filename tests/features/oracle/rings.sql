-- Every settlement with the ring that its person stood in, as the newest row said that was there when it became known.
CREATE TABLE carded AS
  SELECT e.*, coalesce((SELECT arg_max(n.value, n.available_at) FROM nodes n WHERE n.name = 'patient_ring_number'
    AND n.node_id = e.patient_id AND n.available_at <= e.known_at), 0) AS ring
  FROM e;
