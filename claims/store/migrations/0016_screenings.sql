-- Screenings of a past period with all rules, and what they found; a new screening adds, nothing is changed.
CREATE TABLE screenings (
    screening_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_day date NOT NULL,
    last_day date NOT NULL,
    rules text[] NOT NULL,
    claims bigint NOT NULL,
    hits bigint NOT NULL,
    unjudged bigint NOT NULL,
    by_rule jsonb NOT NULL,
    path text NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE screen_hits (
    screening_id bigint NOT NULL REFERENCES screenings,
    claim_id text NOT NULL,
    line_number bigint NOT NULL,
    institution_id text NOT NULL,
    settled_at timestamptz NOT NULL,
    code text NOT NULL,
    grade text NOT NULL,
    amount_fen bigint NOT NULL,
    says_zh text NOT NULL,
    says_en text NOT NULL
);
CREATE INDEX screen_hits_by_institution ON screen_hits (screening_id, institution_id, code);
CREATE INDEX screen_hits_by_claim ON screen_hits (claim_id);
