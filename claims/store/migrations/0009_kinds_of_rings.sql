-- Rings of swipes were the only kind; now each kind has a name of its own.
UPDATE rings SET kind = 'card_collectors' WHERE kind = 'lockstep';
