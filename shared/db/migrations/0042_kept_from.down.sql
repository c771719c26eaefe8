ALTER TABLE app.clocks DROP COLUMN kept_from_version, DROP COLUMN kept_from_dealer_id;
