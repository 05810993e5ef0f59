-- Messages of the national platform that were answered, so that one that comes again gets the same answer.
CREATE TABLE national_messages (
    sender text NOT NULL,
    message_id text NOT NULL,
    transaction_number text NOT NULL,
    body_fingerprint text NOT NULL,
    claim_id text,
    answer text NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sender, message_id)
);

-- Visits and fee lines that were uploaded and wait for their settlement. The newest upload of a visit counts.
CREATE TABLE national_visits (
    upload_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id text NOT NULL,
    visit_id text NOT NULL,
    patient_id text NOT NULL,
    visit jsonb NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX national_visits_by_visit ON national_visits (institution_id, visit_id, upload_id);

CREATE TABLE national_lines (
    upload_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    institution_id text NOT NULL,
    visit_id text NOT NULL,
    patient_id text NOT NULL,
    charge_batch text NOT NULL,
    line_id text NOT NULL,
    line jsonb NOT NULL,
    unchecked_because text,
    uploaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX national_lines_by_visit ON national_lines (institution_id, visit_id);

-- How the waiting of a line ended: with a settlement, or (without a claim) by a cancellation.
CREATE TABLE national_lines_ended (
    upload_id bigint PRIMARY KEY REFERENCES national_lines,
    claim_id text,
    ended_at timestamptz NOT NULL DEFAULT now()
);

-- Every judgement that was asked for before or during care: one row for each reminder, or one that says there was none.
CREATE TABLE reminders (
    reminder_id text PRIMARY KEY,
    transaction_number text NOT NULL,
    message_id text NOT NULL,
    scene text,
    care_category text,
    institution_id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    item_code text,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz NOT NULL,
    latency_microseconds bigint NOT NULL,
    is_violation boolean NOT NULL,
    rule_code text,
    rule_name text,
    grade text,
    says_zh text,
    total_fen bigint NOT NULL,
    amount_fen bigint NOT NULL
);
CREATE INDEX reminders_by_time ON reminders (asked_at);

-- What the doctor did about a reminder: 1 continued, 2 went back and changed. The newest row counts.
CREATE TABLE dispositions (
    disposition_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reminder_id text NOT NULL REFERENCES reminders,
    way text NOT NULL CHECK (way IN ('1', '2')),
    reason text,
    said_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dispositions_by_reminder ON dispositions (reminder_id, disposition_id);

-- Settlements that were decided and then really made, as the settlement system says; with the platform's own id of them
-- where it says that too. Like decisions it does not reference claims, whose keys a large import makes anew.
CREATE TABLE confirmations (
    claim_id text PRIMARY KEY,
    platform_id text UNIQUE,
    said_by text NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT now()
);
