-- The last claims of a patient's packed past, packed apart, so that a settlement writes a few bytes and not all of it.
ALTER TABLE patient_pasts ADD COLUMN apart bytea;
ALTER TABLE patient_pasts ALTER COLUMN apart SET STORAGE EXTERNAL;
