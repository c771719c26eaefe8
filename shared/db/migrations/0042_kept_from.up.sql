-- A running promise that a migration of open cases had to leave as it was keeps from which policy that was: it is behind
-- that one no more, for nothing would ever bring it along. Both null where none has left it.
ALTER TABLE app.clocks ADD COLUMN kept_from_version int, ADD COLUMN kept_from_dealer_id bigint;
