DROP TABLE app.webhook_endpoints;
DROP TABLE app.chat_robot_secrets;
DROP TABLE app.chat_robots;
DROP INDEX app.messages_of_endpoint, app.messages_webhooks_ready, app.messages_by_token, app.messages_by_reference,
    app.messages_people_ready;
CREATE INDEX messages_ready ON app.messages (oem_id, priority, next_attempt_at) WHERE state = 'queued';
ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.messages WHERE channel IN ('chat', 'webhook');
ALTER TABLE app.messages FORCE ROW LEVEL SECURITY;
ALTER TABLE app.messages DROP CONSTRAINT messages_recipient_kind_check;
ALTER TABLE app.messages ADD CONSTRAINT messages_recipient_kind_check
    CHECK (recipient_kind IN ('staff', 'customer'));
ALTER TABLE app.messages DROP CONSTRAINT messages_channel_check;
ALTER TABLE app.messages ADD CONSTRAINT messages_channel_check CHECK (channel IN ('sms', 'email'));
DROP FUNCTION app.take_receipt;
DROP POLICY t_receipts ON app.messages;
REVOKE ALL ON app.messages FROM t_receipts;
REVOKE USAGE ON SCHEMA app FROM t_receipts;
ALTER TABLE app.messages DROP COLUMN receipt, DROP COLUMN receipt_at;
