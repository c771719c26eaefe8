ALTER TABLE app.clocks DROP COLUMN pauses_kept_until;
