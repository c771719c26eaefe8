-- A message to a customer that does not arrive is something that has happened: an event says so, written in the
-- transaction that records the end. Ends are recorded by several statements (a claim that gives up, a try, a receipt,
-- what was held for too long) under three roles, one of which may write no events: so the table itself does it.
CREATE FUNCTION app.tell_of_message() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    INSERT INTO events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)
    VALUES (NEW.oem_id, gen_random_uuid(), NEW.dealer_id, NEW.case_id, TG_ARGV[0],
            jsonb_build_object('message_id', NEW.id), statement_timestamp(), statement_timestamp());
    RETURN NULL;
END $$;
-- What the customer does without and what is not needed any more was not meant to arrive.
CREATE TRIGGER messages_unreached AFTER UPDATE OF state ON app.messages FOR EACH ROW
    WHEN (NEW.state IN ('dead', 'unknown', 'expired') AND NEW.state <> OLD.state
          AND NEW.recipient_kind = 'customer' AND NEW.case_id IS NOT NULL
          AND NEW.last_error IS DISTINCT FROM 'not_wanted' AND NEW.last_error IS DISTINCT FROM 'overtaken')
    EXECUTE FUNCTION app.tell_of_message('customer.unreached');
-- Only a survey is promised: one that was sent again, or has arrived after all, keeps its promise.
CREATE TRIGGER messages_reached AFTER UPDATE OF state ON app.messages FOR EACH ROW
    WHEN (NEW.state = 'sent' AND NEW.state <> OLD.state AND NEW.template = 'survey'
          AND NEW.recipient_kind = 'customer' AND NEW.case_id IS NOT NULL)
    EXECUTE FUNCTION app.tell_of_message('customer.reached');
CREATE POLICY t_receipts ON app.events TO t_receipts USING (true) WITH CHECK (true);
GRANT INSERT ON app.events TO t_receipts;
GRANT CREATE ON SCHEMA app TO t_receipts;
REVOKE ALL ON FUNCTION app.tell_of_message() FROM PUBLIC;
ALTER FUNCTION app.tell_of_message() OWNER TO t_receipts;
REVOKE CREATE ON SCHEMA app FROM t_receipts;
