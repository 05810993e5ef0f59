-- What became of models: beside promotions also rollbacks, proposals that shadow the champion, and refusals.
-- `previous_id`: the champion that serves again when this one is rolled back.
-- `needs_second`: proposed under four eyes; another person than the one who proposed must promote.
ALTER TABLE promotions ADD COLUMN what text NOT NULL DEFAULT 'promoted'
    CHECK (what IN ('promoted', 'rolled_back', 'proposed', 'withdrawn', 'refused'));
ALTER TABLE promotions ADD COLUMN previous_id bigint REFERENCES promotions;
ALTER TABLE promotions ADD COLUMN needs_second boolean NOT NULL DEFAULT false;
UPDATE promotions p SET previous_id = (SELECT max(q.promotion_id) FROM promotions q
    WHERE q.subject = p.subject AND q.alias = p.alias AND q.promotion_id < p.promotion_id);

-- How far each retraining came; the row of an attempt grows until it has an outcome, which is not changed any more.
CREATE TABLE retrainings (
    retraining_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    month date NOT NULL,
    attempt bigint NOT NULL,
    step text NOT NULL CHECK (step IN ('begun', 'checked', 'trained', 'compared', 'decided')),
    outcome text CHECK (outcome IN ('promoted', 'proposed', 'refused', 'stopped')),
    reason text,
    run_id text,
    version text,
    bundle_fingerprint text,
    details jsonb NOT NULL DEFAULT '{}',
    asked_by text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject, month, attempt)
);

-- What the challenger would have said about settlements that the champion decided: it never acts.
-- `champion_holds`, `challenger_holds`: their model or forest alone sends the claim to a person.
CREATE TABLE shadow_scores (
    bundle_fingerprint text NOT NULL,
    recorded_order bigint NOT NULL,
    probability double precision NOT NULL,
    anomaly double precision NOT NULL,
    challenger_holds boolean NOT NULL,
    champion_holds boolean NOT NULL,
    scored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bundle_fingerprint, recorded_order)
);

-- What `yicha watch` and `yicha models difference` found, each time they ran; /metrics shows the newest of the watch.
CREATE TABLE watch_reports (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('watch', 'difference')),
    subject text NOT NULL,
    bundle_fingerprint text NOT NULL,
    is_within_bounds boolean NOT NULL,
    figures jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX watch_reports_newest ON watch_reports (kind, subject, report_id);
