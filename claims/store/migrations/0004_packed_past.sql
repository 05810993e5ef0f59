-- A patient's claims, lines and diagnoses of the longest window as one value (features/packed.py). Not compressed again:
-- the server would spend more time on it than the reading saves.
CREATE TABLE patient_pasts (
    patient_id text PRIMARY KEY,
    packed bytea NOT NULL
);
ALTER TABLE patient_pasts ALTER COLUMN packed SET STORAGE EXTERNAL;

-- Another value after each change of a register, so that a process that keeps register rows knows when they are old. A
-- random value and not a number: one that was rolled back never comes again.
CREATE TABLE register_version (version uuid NOT NULL);
INSERT INTO register_version VALUES (gen_random_uuid());
CREATE FUNCTION registers_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE register_version SET version = gen_random_uuid();
    RETURN NULL;
END $$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON institutions
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON departments
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON staff
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalogue
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
