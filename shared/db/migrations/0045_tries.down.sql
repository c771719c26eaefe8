ALTER TABLE app.messages ALTER COLUMN max_attempts SET DEFAULT 12;
ALTER TABLE app.messages DROP COLUMN losses;
