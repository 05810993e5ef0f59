-- A settlement asks for the claims of the last day with its own amount at its own institution, which may have settled
-- thousands on that day.
CREATE INDEX claims_by_amount ON claims (institution_id, total_fen, settled_at);
