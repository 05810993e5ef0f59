-- The life of rules: who wanted what, what was changed, which set of rules decided, and what each found.
-- All but the running state of back-tests are ledgers: rows are added and never changed.
CREATE TABLE rule_proposals (
    proposal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_code text NOT NULL,
    old_state text NOT NULL,
    new_state text NOT NULL,
    fingerprint text NOT NULL,
    proposed_by text NOT NULL,
    why text NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT now()
);

-- `declared`: what the program says of a rule, when it first came and whenever that changed. `changed`: a new state.
-- `declined`: a proposal that was not followed. The newest row of a rule holds its state.
CREATE TABLE rule_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_code text NOT NULL,
    what text NOT NULL CHECK (what IN ('declared', 'changed', 'declined')),
    old_state text CHECK (old_state IN ('draft', 'shadow', 'active', 'retired')),
    new_state text NOT NULL CHECK (new_state IN ('draft', 'shadow', 'active', 'retired')),
    proposal_id bigint UNIQUE REFERENCES rule_proposals,
    proposed_by text,
    decided_by text NOT NULL,
    why text NOT NULL,
    fingerprint text NOT NULL,
    old_declaration jsonb,
    new_declaration jsonb,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rule_changes_by_rule ON rule_changes (rule_code, change_id);

-- Which rules were asked in which state: what the fingerprint of a decision's rule set means.
CREATE TABLE rule_sets (
    fingerprint text PRIMARY KEY,
    asked jsonb NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE decisions ADD COLUMN rule_set text;
ALTER TABLE decisions ADD COLUMN shadow_hits jsonb NOT NULL DEFAULT '[]';

-- What each rule found in one request or one part of a screening. Rows are added, not counted up: settlements would
-- wait for each other at a row that all of them change.
CREATE TABLE rule_counts (
    rule_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('shadow', 'active')),
    on_day date NOT NULL,
    claims bigint NOT NULL,
    hits bigint NOT NULL,
    amount_fen bigint NOT NULL,
    crashes bigint NOT NULL,
    spared jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX rule_counts_by_day ON rule_counts (on_day, rule_code);

CREATE TABLE rule_backtests (
    backtest_id text PRIMARY KEY,
    rule_code text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    changed_numbers jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    done bigint NOT NULL DEFAULT 0,
    claims bigint NOT NULL,
    result jsonb,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    heard_at timestamptz NOT NULL DEFAULT now()
);

-- Who studies rules and may change none.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_role_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_role_check
    CHECK (role IN ('settlement', 'reviewer', 'supervisor', 'analyst'));
