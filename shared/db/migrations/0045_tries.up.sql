-- How many workers in a row were lost over a message: it is tried until it expires, but not by killing them.
ALTER TABLE app.messages ADD COLUMN losses smallint NOT NULL DEFAULT 0;
-- Twelve tries were over after an hour. More than fit into any message's life:
ALTER TABLE app.messages ALTER COLUMN max_attempts SET DEFAULT 1000;
ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY;
UPDATE app.messages SET max_attempts = 1000
WHERE max_attempts = 12 AND state IN ('queued', 'held', 'dead', 'unknown', 'expired');
ALTER TABLE app.messages FORCE ROW LEVEL SECURITY;

-- Each channel of an OEM has a lane of its own: an SMS never waits for a mail server that hangs.
CREATE INDEX messages_lanes_ready ON app.messages (oem_id, channel, priority, next_attempt_at)
    WHERE state = 'queued' AND channel IN ('sms', 'email', 'chat');
DROP INDEX app.messages_people_ready;
