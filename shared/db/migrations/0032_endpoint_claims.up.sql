-- Each system that is told of events has a lane of its own: one that hangs keeps no other waiting.
CREATE INDEX messages_webhooks_of_endpoint_ready ON app.messages (oem_id, recipient_id, next_attempt_at)
    WHERE state = 'queued' AND channel = 'webhook';
DROP INDEX app.messages_webhooks_ready;
