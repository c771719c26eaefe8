-- What providers tell of messages after they have taken them.

-- 'delivered' or 'failed' and when, as the provider says; NULL: it has said nothing.
ALTER TABLE app.messages
    ADD COLUMN receipt text CHECK (receipt IN ('delivered', 'failed')),
    ADD COLUMN receipt_at timestamptz,
    ADD CONSTRAINT messages_receipt_check1 CHECK ((receipt IS NULL) = (receipt_at IS NULL));
CREATE INDEX messages_by_token ON app.messages (idem_token) WHERE channel = 'sms';
CREATE INDEX messages_by_reference ON app.messages (provider_ref) WHERE channel = 'sms' AND provider_ref IS NOT NULL;

DO $$
BEGIN
    CREATE ROLE t_receipts NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
GRANT t_receipts TO CURRENT_USER;
GRANT USAGE ON SCHEMA app TO t_receipts;
CREATE POLICY t_receipts ON app.messages TO t_receipts USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (receipt, receipt_at, state, sent_at, last_error, lease_token) ON app.messages TO t_receipts;

-- A provider tells of the message with our token, or with its own reference. Delivered: it was sent, whatever we
-- believed. Failed: a person has to look at it, unless it is tried again anyway. What came first stays, but
-- delivered corrects failed. An unknown message changes nothing.
CREATE FUNCTION app.take_receipt(wanted_token uuid, wanted_reference text, told text, at timestamptz, reason text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE messages
    SET receipt = told,
        receipt_at = least(coalesce(at, statement_timestamp()), statement_timestamp()),
        state = CASE WHEN told = 'delivered' THEN 'sent' ELSE 'dead' END,
        sent_at = CASE WHEN told = 'delivered' THEN coalesce(sent_at, statement_timestamp()) ELSE sent_at END,
        last_error = CASE WHEN told = 'delivered' THEN NULL ELSE reason END,
        lease_token = NULL
    WHERE channel = 'sms'
      AND (idem_token = wanted_token OR (wanted_token IS NULL AND provider_ref = wanted_reference))
      AND attempts > 0
      AND CASE WHEN told = 'delivered'
               THEN receipt IS DISTINCT FROM 'delivered'
                    AND state IN ('queued', 'sent', 'unknown', 'dead', 'expired')
               -- It may come before the try itself has been recorded.
               ELSE receipt IS NULL AND (state IN ('sent', 'unknown')
                                         OR (state = 'queued' AND attempts = 1 AND lease_token IS NOT NULL)) END
$$;
GRANT CREATE ON SCHEMA app TO t_receipts;
REVOKE ALL ON FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) TO t_auth;
ALTER FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) OWNER TO t_receipts;
REVOKE CREATE ON SCHEMA app FROM t_receipts;

-- Messages to groups of a chat, and to other systems.
ALTER TABLE app.messages DROP CONSTRAINT messages_channel_check;
ALTER TABLE app.messages ADD CONSTRAINT messages_channel_check
    CHECK (channel IN ('sms', 'email', 'chat', 'webhook'));
ALTER TABLE app.messages DROP CONSTRAINT messages_recipient_kind_check;
ALTER TABLE app.messages ADD CONSTRAINT messages_recipient_kind_check
    CHECK (recipient_kind IN ('staff', 'customer', 'group', 'system'));
-- Other systems have lanes of their own: one that hangs keeps no person's message waiting.
-- Webhooks that wait for a system that hangs are nothing that those for people have to be looked for among.
CREATE INDEX messages_people_ready ON app.messages (oem_id, priority, next_attempt_at)
    WHERE state = 'queued' AND channel IN ('sms', 'email', 'chat');
DROP INDEX app.messages_ready;
CREATE INDEX messages_webhooks_ready ON app.messages (oem_id, next_attempt_at)
    WHERE state = 'queued' AND channel = 'webhook';
CREATE INDEX messages_of_endpoint ON app.messages (oem_id, recipient_id, created_at DESC, id DESC)
    WHERE channel = 'webhook';

-- A robot in a group of a chat that hears of what is late. dealer_id 0: of every dealer.
CREATE TABLE app.chat_robots (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    provider text NOT NULL CHECK (provider IN ('wecom', 'dingtalk', 'feishu')),
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    templates text[] NOT NULL CHECK (cardinality(templates) > 0),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (oem_id, id)
);
SELECT app.protect('chat_robots', 'oem', '{"t_oem": "SIU", "t_system": "S"}');

-- Whoever knows its address may write to the group: the doors may put it down and never read it. The newest counts.
CREATE TABLE app.chat_robot_secrets (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    robot_id uuid NOT NULL,
    url text NOT NULL CHECK (length(url) <= 500),
    secret text NOT NULL DEFAULT '' CHECK (length(secret) <= 200),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, robot_id) REFERENCES app.chat_robots (oem_id, id)
);
CREATE INDEX chat_robot_secrets_newest ON app.chat_robot_secrets (oem_id, robot_id, created_at DESC);
SELECT app.protect('chat_robot_secrets', 'oem', '{"t_oem": "I", "t_system": "S"}');

-- Another system that is told of events. Its secret is nowhere: it is derived from the salt and the installation's
-- key. The salt before the last signs as well until `previous_until`. dealer_id 0: of every dealer.
CREATE TABLE app.webhook_endpoints (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    url text NOT NULL CHECK (length(url) <= 500),
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0),
    salt bytea NOT NULL CHECK (length(salt) = 32),
    previous_salt bytea CHECK (length(previous_salt) = 32),
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    rotated_at timestamptz,
    disabled_at timestamptz,
    disabled_reason text CHECK (disabled_reason IN ('by_hand', 'gone')),
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (oem_id, id),
    CHECK ((previous_salt IS NULL) = (previous_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
SELECT app.protect('webhook_endpoints', 'oem', '{"t_oem": "SIU", "t_system": "SU"}');
