-- Word of the progress is promised as a survey is: sent again, or arrived after all, it keeps its promise.
DROP TRIGGER messages_reached ON app.messages;
CREATE TRIGGER messages_reached AFTER UPDATE OF state ON app.messages FOR EACH ROW
    WHEN (NEW.state = 'sent' AND NEW.state <> OLD.state AND NEW.template IN ('survey', 'progress')
          AND NEW.recipient_kind = 'customer' AND NEW.case_id IS NOT NULL)
    EXECUTE FUNCTION app.tell_of_message('customer.reached');
