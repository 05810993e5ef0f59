-- When an institution may settle what (claims/tables.py).
CREATE TABLE agreements (
    institution_id text NOT NULL,
    covers text NOT NULL,
    kind text,
    valid_from date NOT NULL,
    valid_until date,
    source text,
    PRIMARY KEY (institution_id, covers, valid_from)
);
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON agreements
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();

-- What people changed in registers by hand: rows are added and never changed. `key` is that of the entry before the
-- change; the old row of a new entry is null.
CREATE TABLE register_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    register text NOT NULL,
    key jsonb NOT NULL,
    old_row jsonb,
    new_row jsonb NOT NULL,
    why text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX register_changes_by_register ON register_changes (register, change_id);
CREATE INDEX register_changes_by_key ON register_changes USING gin (key jsonb_path_ops);
