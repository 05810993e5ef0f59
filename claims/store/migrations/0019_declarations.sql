-- Which of its registers an institution declared complete, and when it last confirmed that (claims/tables.py). What it
-- had said of all of them at once now stands at each one that there was; services had no register.
CREATE TABLE declarations (
    institution_id text NOT NULL,
    register text NOT NULL,
    is_complete boolean NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (institution_id, register)
);
INSERT INTO declarations
    SELECT institution_id, register, register_is_complete, register_confirmed_at
    FROM institutions, unnest(ARRAY['doctors', 'pharmacists', 'tills', 'departments']) AS register
    WHERE register_is_complete OR register_confirmed_at IS NOT NULL;
ALTER TABLE institutions DROP COLUMN register_is_complete, DROP COLUMN register_confirmed_at;

-- Which services a department may perform.
CREATE TABLE department_services (
    institution_id text NOT NULL,
    department_id text NOT NULL,
    item_code text NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    PRIMARY KEY (institution_id, department_id, item_code, valid_from)
);
CREATE INDEX department_services_by_item ON department_services (institution_id, item_code);

-- A department can be closed and opened again.
ALTER TABLE departments DROP CONSTRAINT departments_pkey, ADD PRIMARY KEY (institution_id, department_id, valid_from);

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON declarations
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON department_services
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();

-- What imports changed in registers: one row an import, register and institution (none for the catalogue). Without a
-- mapping the owner of the database wrote there by other means.
CREATE TABLE register_imports (
    import_id text NOT NULL,
    register text NOT NULL,
    institution_id text,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    mapping text,
    files jsonb NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (import_id, register, institution_id)
);
CREATE INDEX register_imports_by_institution ON register_imports (institution_id, imported_at);

-- Both ledgers are written here and nowhere else, so that no register changes without a row. A change by hand says who
-- and why in the setting yicha.change; then each entry is written down before and after.
CREATE FUNCTION write_register_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    said jsonb := current_setting('yicha.change');
    before jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END;
    named jsonb;
BEGIN
    SELECT jsonb_object_agg(name, coalesce(before, to_jsonb(NEW)) -> name) INTO named FROM unnest(TG_ARGV) AS name;
    INSERT INTO register_changes (register, key, old_row, new_row, why, changed_by)
        VALUES (TG_TABLE_NAME, named, before, to_jsonb(NEW), said ->> 'why', said ->> 'by');
    RETURN NULL;
END $$;

-- All else is counted, and only the owner may do it. An import says in yicha.import which it is.
CREATE FUNCTION count_register_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    said jsonb := coalesce(nullif(current_setting('yicha.import', true), ''), '{}');
    named text := coalesce(said ->> 'import_id', 'transaction ' || pg_current_xact_id() || ' of ' || now());
    files jsonb := coalesce(said -> 'files' -> TG_TABLE_NAME, '[]');
    is_new int := (TG_OP = 'INSERT')::int;
BEGIN
    IF NOT EXISTS (SELECT FROM written) THEN
        RETURN NULL;
    END IF;
    IF NOT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE insufficient_privilege USING MESSAGE = 'The register ' || TG_TABLE_NAME
            || ' was to be changed without who and why. Expected both in the setting yicha.change.';
    END IF;
    IF TG_TABLE_NAME = 'catalogue' THEN
        INSERT INTO register_imports AS i SELECT named, TG_TABLE_NAME, NULL, is_new * count(*), (1 - is_new) * count(*),
            said ->> 'mapping', files FROM written
            ON CONFLICT (import_id, register, institution_id) DO UPDATE
            SET added = i.added + excluded.added, changed = i.changed + excluded.changed;
    ELSE
        INSERT INTO register_imports AS i SELECT named, TG_TABLE_NAME, institution_id, is_new * count(*),
            (1 - is_new) * count(*), said ->> 'mapping', files FROM written GROUP BY institution_id
            ON CONFLICT (import_id, register, institution_id) DO UPDATE
            SET added = i.added + excluded.added, changed = i.changed + excluded.changed;
    END IF;
    RETURN NULL;
END $$;

CREATE PROCEDURE write_changes_of(register text, key text) LANGUAGE plpgsql AS $$
DECLARE
    said constant text := 'coalesce(current_setting(''yicha.change'', true), '''')';
    counted constant text := ' REFERENCING NEW TABLE AS written FOR EACH STATEMENT WHEN (' || said
        || ' = '''') EXECUTE FUNCTION count_register_change()';
BEGIN
    EXECUTE 'CREATE TRIGGER written AFTER INSERT OR UPDATE ON ' || register || ' FOR EACH ROW WHEN (' || said
        || ' <> '''') EXECUTE FUNCTION write_register_change(' || key || ')';
    EXECUTE 'CREATE TRIGGER counted_new AFTER INSERT ON ' || register || counted;
    EXECUTE 'CREATE TRIGGER counted_old AFTER UPDATE ON ' || register || counted;
END $$;
CALL write_changes_of('institutions', 'institution_id');
CALL write_changes_of('declarations', 'institution_id, register');
CALL write_changes_of('departments', 'institution_id, department_id, valid_from');
CALL write_changes_of('department_services', 'institution_id, department_id, item_code, valid_from');
CALL write_changes_of('staff', 'institution_id, staff_id, role, valid_from');
CALL write_changes_of('catalogue', 'item_code, valid_from');
CALL write_changes_of('agreements', 'institution_id, covers, valid_from');
CALL write_changes_of('item_mappings', 'institution_id, own_item_code, valid_from');

-- An institution's own key: it confirms the institution's registers and does nothing else.
ALTER TABLE api_keys ADD COLUMN institution_id text;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_role_check
    CHECK (role IN ('settlement', 'reviewer', 'supervisor', 'analyst', 'institution'));
ALTER TABLE api_keys ADD CONSTRAINT api_keys_of_institutions CHECK ((role = 'institution') = (institution_id IS NOT NULL));
