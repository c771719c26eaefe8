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
               ELSE receipt IS NULL AND state IN ('sent', 'unknown') END
$$;
GRANT CREATE ON SCHEMA app TO t_receipts;
REVOKE ALL ON FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) TO t_auth;
ALTER FUNCTION app.take_receipt(uuid, text, text, timestamptz, text) OWNER TO t_receipts;
REVOKE CREATE ON SCHEMA app FROM t_receipts;
