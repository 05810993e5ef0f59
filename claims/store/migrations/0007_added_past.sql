-- The claims that came since a patient's past was packed (features/added.py), so that a settlement writes a few bytes
-- more and not all of it.
ALTER TABLE patient_pasts ADD COLUMN added bytea;
ALTER TABLE patient_pasts ALTER COLUMN added SET STORAGE EXTERNAL;
