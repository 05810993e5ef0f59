-- Findings of violations by whom they concern, so that a settlement reads them with one look into an index.
-- A finding counts from when it and its claim were both known, so it never counts for its own claim.
CREATE TABLE confirmed (
    entity_kind text NOT NULL CHECK (entity_kind IN ('patient', 'doctor', 'institution')),
    entity_id text NOT NULL,
    known_at timestamptz NOT NULL,
    verdict_id text NOT NULL,
    claim_id text NOT NULL,
    amount_fen bigint NOT NULL,
    PRIMARY KEY (entity_kind, entity_id, known_at, verdict_id)
);
CREATE INDEX verdicts_by_replaced ON verdicts (replaces_verdict_id, known_at) WHERE replaces_verdict_id IS NOT NULL;

CREATE FUNCTION confirm_verdicts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO confirmed
    SELECT who.kind, who.id, greatest(v.known_at, c.known_at), v.verdict_id, v.claim_id, v.amount_fen
    FROM added v JOIN claims c USING (claim_id),
        LATERAL (VALUES ('patient', c.patient_id), ('doctor', c.doctor_id), ('institution', c.institution_id)) who(kind, id)
    WHERE v.finding = 'violating' AND who.id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER confirm_verdicts AFTER INSERT ON verdicts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION confirm_verdicts();

INSERT INTO confirmed
SELECT who.kind, who.id, greatest(v.known_at, c.known_at), v.verdict_id, v.claim_id, v.amount_fen
FROM verdicts v JOIN claims c USING (claim_id),
    LATERAL (VALUES ('patient', c.patient_id), ('doctor', c.doctor_id), ('institution', c.institution_id)) who(kind, id)
WHERE v.finding = 'violating' AND who.id IS NOT NULL;
