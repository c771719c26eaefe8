-- A promise migrated to a policy that does not pause it keeps the pauses that it had: those before this instant count.
-- Null where none is kept from an earlier policy.
ALTER TABLE app.clocks ADD COLUMN pauses_kept_until timestamptz;
