-- What was learned from whole months: a row is one page of a table, kept as it was when it was written.
-- Page '' is there for every month that was learned, even when it is empty.
CREATE TABLE feature_closed (
    name text NOT NULL,
    data_until timestamptz NOT NULL,
    page text NOT NULL,
    available_at timestamptz NOT NULL,
    members text[] NOT NULL,
    values bigint[] NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, data_until, page)
);
COMMENT ON COLUMN feature_closed.members IS 'the other half of the key: n texts';
COMMENT ON COLUMN feature_closed.values IS 'n rows one after the other, as many values each as the table has';
CREATE INDEX feature_closed_by_writing ON feature_closed (written_at) WHERE page = '';
