-- Own item codes and trace codes of fee lines, and of sales that pharmacies report (claims/tables.py). The codes of a
-- line stand in one text with commas, so that every reading of lines stays one row a line; the indexes hold each code
-- by itself. New codes go into them at once: a waiting list would be searched from end to end at every settlement.
ALTER TABLE lines
    ADD COLUMN own_item_code text,
    ADD COLUMN trace_codes text,
    ADD COLUMN is_split_pack boolean NOT NULL DEFAULT false;
CREATE INDEX lines_by_trace_code ON lines USING gin (string_to_array(trace_codes, ',')) WITH (fastupdate = off)
    WHERE trace_codes IS NOT NULL;

ALTER TABLE stock
    ADD COLUMN claim_id text,
    ADD COLUMN trace_codes text,
    ADD COLUMN is_split_pack boolean NOT NULL DEFAULT false;
CREATE INDEX stock_by_trace_code ON stock USING gin (string_to_array(trace_codes, ',')) WITH (fastupdate = off)
    WHERE trace_codes IS NOT NULL;

-- Which national item an item of an institution's own list is.
CREATE TABLE item_mappings (
    institution_id text NOT NULL,
    own_item_code text NOT NULL,
    name text,
    item_code text,
    confirmed_by text,
    valid_from date NOT NULL,
    valid_until date,
    source text,
    PRIMARY KEY (institution_id, own_item_code, valid_from)
);
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON item_mappings
    FOR EACH STATEMENT EXECUTE FUNCTION registers_changed();
