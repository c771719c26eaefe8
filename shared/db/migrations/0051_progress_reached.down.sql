DROP TRIGGER messages_reached ON app.messages;
CREATE TRIGGER messages_reached AFTER UPDATE OF state ON app.messages FOR EACH ROW
    WHEN (NEW.state = 'sent' AND NEW.state <> OLD.state AND NEW.template = 'survey'
          AND NEW.recipient_kind = 'customer' AND NEW.case_id IS NOT NULL)
    EXECUTE FUNCTION app.tell_of_message('customer.reached');
