-- Claims and reference data: the columns are those of claims/tables.py (a test compares the two).
CREATE TABLE claims (
    claim_id text PRIMARY KEY,
    visit_id text,
    kind text NOT NULL CHECK (kind IN ('settlement', 'reversal')),
    reverses_claim_id text,
    patient_id text NOT NULL,
    institution_id text NOT NULL,
    doctor_id text,
    operating_doctor_id text,
    other_doctor_id text,
    department_id text,
    till_id text,
    channel text NOT NULL,
    benefit_kind text NOT NULL,
    care_category text,
    insurance_type text,
    is_emergency boolean NOT NULL,
    served_at timestamptz,
    settled_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    known_at_source text NOT NULL,
    admitted_on date,
    discharged_on date,
    total_fen bigint NOT NULL,
    in_scope_fen bigint,
    fund_fen bigint NOT NULL,
    account_fen bigint NOT NULL,
    cash_fen bigint NOT NULL,
    account_balance_fen bigint,
    recorded_order bigint NOT NULL,
    source text NOT NULL
);
CREATE UNIQUE INDEX claims_by_order ON claims (recorded_order);
CREATE INDEX claims_by_patient ON claims (patient_id, settled_at);
CREATE INDEX claims_by_institution ON claims (institution_id, settled_at);
CREATE INDEX claims_by_doctor ON claims (doctor_id, settled_at) WHERE doctor_id IS NOT NULL;
CREATE INDEX claims_by_original ON claims (reverses_claim_id) WHERE reverses_claim_id IS NOT NULL;

CREATE TABLE lines (
    claim_id text NOT NULL REFERENCES claims,
    line_number bigint NOT NULL,
    line_id text,
    reverses_line_id text,
    prescription_id text,
    item_code text NOT NULL,
    item_name text,
    item_kind text NOT NULL,
    charge_type text,
    grade text,
    doctor_id text,
    department_id text,
    served_at timestamptz,
    quantity_e4 bigint NOT NULL,
    unit_price_micro_yuan bigint NOT NULL,
    price_ceiling_micro_yuan bigint,
    amount_fen bigint NOT NULL,
    in_scope_fen bigint,
    days_of_supply bigint,
    PRIMARY KEY (claim_id, line_number)
);

CREATE TABLE diagnoses (
    claim_id text NOT NULL REFERENCES claims,
    sequence bigint NOT NULL,
    code text NOT NULL,
    is_main boolean NOT NULL,
    is_admission boolean NOT NULL,
    PRIMARY KEY (claim_id, sequence)
);

CREATE TABLE patients (
    patient_id text PRIMARY KEY,
    sex text,
    born_on date,
    died_on date,
    insurance_type text,
    person_type text,
    area text,
    employer_id text,
    long_prescription_from date,
    long_prescription_until date,
    chronic_conditions text
);

CREATE TABLE institutions (
    institution_id text PRIMARY KEY,
    name text,
    kind text NOT NULL,
    level text,
    area text,
    register_is_complete boolean NOT NULL,
    register_confirmed_at timestamptz
);

CREATE TABLE departments (
    institution_id text NOT NULL,
    department_id text NOT NULL,
    name text,
    valid_from date NOT NULL,
    valid_until date,
    PRIMARY KEY (institution_id, department_id)
);

CREATE TABLE staff (
    institution_id text NOT NULL,
    staff_id text NOT NULL,
    role text NOT NULL,
    department_id text,
    valid_from date NOT NULL,
    valid_until date,
    PRIMARY KEY (institution_id, staff_id, role, valid_from)
);

CREATE TABLE catalogue (
    item_code text NOT NULL,
    name text,
    item_kind text NOT NULL,
    grade text,
    drug_class text,
    units_per_pack_e4 bigint,
    units_per_day_e4 bigint,
    price_ceiling_micro_yuan bigint,
    only_sex text,
    least_age_years bigint,
    most_age_years bigint,
    is_resale_prone boolean NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    PRIMARY KEY (item_code, valid_from)
);

CREATE TABLE stock (
    institution_id text NOT NULL,
    record_id text NOT NULL,
    item_code text NOT NULL,
    movement text NOT NULL,
    quantity_e4 bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (institution_id, record_id)
);

CREATE TABLE verdicts (
    verdict_id text PRIMARY KEY,
    claim_id text,
    line_number bigint,
    subject_kind text,
    subject_id text,
    finding text NOT NULL CHECK (finding IN ('violating', 'in_order', 'not_judged')),
    amount_fen bigint NOT NULL,
    violation_type text,
    violation_item text,
    violation_detail text,
    decided_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    decided_by text NOT NULL,
    replaces_verdict_id text,
    case_id text,
    drawn_by text NOT NULL,
    draw_probability_e4 bigint
);
CREATE INDEX verdicts_by_claim ON verdicts (claim_id);

-- What our own steps keep about themselves.
CREATE TABLE store_facts (name text PRIMARY KEY, value text NOT NULL);
CREATE SEQUENCE recorded_order;

CREATE TABLE imports (
    import_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mapping text NOT NULL,
    part text NOT NULL,
    file_name text NOT NULL,
    file_fingerprint text NOT NULL,
    rows_read bigint NOT NULL,
    rows_taken bigint NOT NULL,
    rows_known bigint NOT NULL,
    rows_rejected bigint NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (mapping, part, file_fingerprint)
);

CREATE TABLE affected_entities (
    entity_kind text NOT NULL,
    entity_id text NOT NULL,
    since_order bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (entity_kind, entity_id)
);

CREATE TABLE feature_builds (
    feature_set text PRIMARY KEY,
    built_until_order bigint NOT NULL,
    path text NOT NULL,
    built_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE feature_tiles (
    entity_kind text NOT NULL,
    entity_id text NOT NULL,
    packed bytea NOT NULL,
    PRIMARY KEY (entity_kind, entity_id)
);

-- A node's link and ring columns from `available_at` on, until its next row; only changes are kept.
CREATE TABLE node_columns (
    node_kind text NOT NULL,
    node_id text NOT NULL,
    available_at timestamptz NOT NULL,
    snapshot_id text NOT NULL,
    values double precision[] NOT NULL,
    PRIMARY KEY (node_kind, node_id, available_at)
);

CREATE TABLE snapshots (
    snapshot_id text PRIMARY KEY,
    data_until timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    fingerprint text NOT NULL
);

CREATE TABLE rings (
    ring_id text NOT NULL,
    snapshot_id text NOT NULL REFERENCES snapshots,
    kind text NOT NULL,
    score double precision NOT NULL,
    members text[] NOT NULL,
    joint_days bigint NOT NULL,
    money_fen bigint NOT NULL,
    evidence_claims text[] NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (ring_id, snapshot_id)
);

-- Ledgers: what was decided, promoted and found. The service may add rows, never change or remove them.
CREATE TABLE decisions (
    recorded_order bigint PRIMARY KEY,
    claim_id text NOT NULL UNIQUE,
    body_fingerprint text NOT NULL,
    action text NOT NULL,
    probability double precision,
    anomaly double precision,
    money_at_stake_fen bigint NOT NULL,
    feature_set text NOT NULL,
    features bytea NOT NULL,
    rule_hits jsonb NOT NULL,
    reasons jsonb NOT NULL,
    answer jsonb NOT NULL,
    bundle_fingerprint text,
    snapshot_id text,
    is_batch boolean NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    latency_microseconds bigint NOT NULL
);
CREATE INDEX decisions_by_time ON decisions (decided_at);

CREATE TABLE advice (
    system_code text NOT NULL,
    stage text NOT NULL,
    request_id text NOT NULL,
    body_fingerprint text NOT NULL,
    answer jsonb NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (system_code, stage, request_id)
);

CREATE TABLE promotions (
    promotion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    alias text NOT NULL,
    bundle_path text NOT NULL,
    bundle_fingerprint text NOT NULL,
    run_id text NOT NULL,
    version text NOT NULL,
    promoted_by text NOT NULL,
    why text NOT NULL,
    promoted_at timestamptz NOT NULL DEFAULT now()
);

-- The audit queue.
CREATE TABLE cases (
    case_id text PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('patient', 'doctor', 'institution', 'ring')),
    subject_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    source text NOT NULL,
    probability double precision NOT NULL,
    money_at_stake_fen bigint NOT NULL,
    minutes double precision NOT NULL,
    reasons jsonb NOT NULL,
    opened_at timestamptz NOT NULL,
    deadline_at timestamptz NOT NULL,
    is_drawn boolean NOT NULL DEFAULT false,
    draw_probability_e4 bigint,
    draw_stratum text,
    closed_at timestamptz
);
CREATE UNIQUE INDEX one_open_case_per_subject ON cases (subject_kind, subject_id) WHERE status = 'open';

CREATE TABLE evidence (
    case_id text NOT NULL REFERENCES cases,
    claim_id text NOT NULL,
    line_number bigint NOT NULL,
    amount_fen bigint NOT NULL,
    reason jsonb NOT NULL,
    is_link boolean NOT NULL DEFAULT false,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, claim_id, line_number)
);
CREATE UNIQUE INDEX evidence_belongs_to_one_case ON evidence (claim_id, line_number) WHERE NOT is_link;

CREATE TABLE api_keys (
    key_id text PRIMARY KEY,
    holder text NOT NULL,
    role text NOT NULL CHECK (role IN ('settlement', 'reviewer', 'supervisor')),
    key_hash text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
