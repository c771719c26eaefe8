-- A message to a customer that does not arrive is something that has happened: an event says so, written in the
-- transaction that records the end. Ends are recorded by several statements (a claim that gives up, a try, a receipt,
-- what was held for too long) under three roles, one of which may write no events: so the table itself does it.
CREATE FUNCTION app.tell_unreached() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    milliseconds bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    -- A UUIDv7: the time in front of what is random.
    random_part bytea := overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(milliseconds) FROM 3) FROM 1 FOR 6);
BEGIN
    INSERT INTO events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)
    VALUES (NEW.oem_id, encode(set_bit(set_bit(random_part, 52, 1), 53, 1), 'hex')::uuid, NEW.dealer_id, NEW.case_id,
            'customer.unreached', jsonb_build_object('message_id', NEW.id),
            statement_timestamp(), statement_timestamp());
    RETURN NULL;
END $$;
-- What the customer does without and what is not needed any more was not meant to arrive.
CREATE TRIGGER messages_unreached AFTER UPDATE OF state ON app.messages FOR EACH ROW
    WHEN (NEW.state IN ('dead', 'unknown', 'expired') AND NEW.state <> OLD.state
          AND NEW.recipient_kind = 'customer' AND NEW.case_id IS NOT NULL
          AND NEW.last_error IS DISTINCT FROM 'not_wanted' AND NEW.last_error IS DISTINCT FROM 'overtaken')
    EXECUTE FUNCTION app.tell_unreached();
CREATE POLICY t_receipts ON app.events TO t_receipts USING (true) WITH CHECK (true);
GRANT INSERT ON app.events TO t_receipts;
GRANT CREATE ON SCHEMA app TO t_receipts;
REVOKE ALL ON FUNCTION app.tell_unreached() FROM PUBLIC;
ALTER FUNCTION app.tell_unreached() OWNER TO t_receipts;
REVOKE CREATE ON SCHEMA app FROM t_receipts;
