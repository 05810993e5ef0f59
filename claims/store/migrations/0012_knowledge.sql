-- The published knowledge tables: which workbook brought what, and what it says about each item (claims/tables.py).
CREATE TABLE knowledge_batches (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL UNIQUE,
    valid_from date NOT NULL,
    adds boolean NOT NULL,
    points bigint NOT NULL,
    not_understood bigint NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE knowledge (
    batch_id bigint NOT NULL REFERENCES knowledge_batches,
    row_number bigint NOT NULL,
    kind text NOT NULL,
    item_code text NOT NULL,
    item_name text NOT NULL,
    other_code text,
    other_name text,
    group_name text,
    only_sex text,
    only_insurance text,
    settings text,
    least_level bigint,
    least_age_days bigint,
    most_age_days bigint,
    least_age_years bigint,
    most_age_years bigint,
    most_count_e4 bigint,
    per text,
    per_length bigint,
    most_days bigint,
    is_span boolean NOT NULL,
    least_gap_days bigint,
    words text,
    remark text,
    is_understood boolean NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    PRIMARY KEY (batch_id, row_number)
);
-- A settlement asks it about items that its process has not met yet.
CREATE INDEX knowledge_by_item ON knowledge (item_code);
-- `yicha knowledge show` asks which items contain one.
CREATE INDEX knowledge_by_other ON knowledge (other_code) WHERE other_code IS NOT NULL;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON knowledge
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
