CREATE INDEX messages_people_ready ON app.messages (oem_id, priority, next_attempt_at)
    WHERE state = 'queued' AND channel IN ('sms', 'email', 'chat');
DROP INDEX app.messages_lanes_ready;
ALTER TABLE app.messages ALTER COLUMN max_attempts SET DEFAULT 12;
ALTER TABLE app.messages DROP COLUMN losses;
