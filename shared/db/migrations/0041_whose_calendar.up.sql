-- Whose calendar a promise was counted by: a dealer's own, or the OEM's (0). Both count their versions from 1, so that the
-- number alone does not say; null where the promise was counted before this was kept.
ALTER TABLE app.clocks ADD COLUMN calendar_dealer_id bigint;
