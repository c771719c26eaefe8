ALTER TABLE app.cases DROP COLUMN pauses;
