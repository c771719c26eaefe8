DROP TRIGGER messages_reached ON app.messages;
DROP TRIGGER messages_unreached ON app.messages;
DROP FUNCTION app.tell_of_message();
DROP POLICY t_receipts ON app.events;
REVOKE INSERT ON app.events FROM t_receipts;
