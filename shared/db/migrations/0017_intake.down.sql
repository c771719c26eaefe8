ALTER TABLE app.cases DROP COLUMN conditions, DROP COLUMN background;
