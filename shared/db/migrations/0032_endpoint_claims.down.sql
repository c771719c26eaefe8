CREATE INDEX messages_webhooks_ready ON app.messages (oem_id, next_attempt_at)
    WHERE state = 'queued' AND channel = 'webhook';
DROP INDEX app.messages_webhooks_of_endpoint_ready;
