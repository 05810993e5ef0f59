-- What models said about subjects at a day: one scoring a model and day, all subjects of it; nothing is changed later.
CREATE TABLE subject_scorings (
    scoring_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('patient', 'doctor', 'institution')),
    on_day date NOT NULL,
    bundle_fingerprint text NOT NULL, -- empty where the isolation forest ranked alone
    subjects bigint NOT NULL,
    scored_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject_kind, on_day, bundle_fingerprint)
);

CREATE TABLE subject_scores (
    scoring_id bigint NOT NULL REFERENCES subject_scorings,
    subject_id text NOT NULL,
    rank bigint NOT NULL,
    probability double precision, -- missing where the isolation forest ranked alone
    anomaly double precision NOT NULL,
    reasons jsonb, -- of those that were worth a person's look
    PRIMARY KEY (scoring_id, subject_id)
);
CREATE INDEX subject_scores_by_subject ON subject_scores (subject_id, scoring_id);
