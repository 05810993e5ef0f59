-- What local tables of points say beside the published ones, and which antibiotics a doctor may prescribe (claims/tables.py).
ALTER TABLE knowledge ADD COLUMN codes text, ADD COLUMN most_fen bigint;
ALTER TABLE staff ADD COLUMN antibiotic_level bigint;
