ALTER TABLE app.escalations DROP CONSTRAINT escalations_suppressed_check;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_suppressed_check
    CHECK (suppressed IN ('met_before_told', 'stale', 'historical')) NOT VALID;
ALTER TABLE app.messages DROP COLUMN choice_link, DROP COLUMN quiet_zone;
DROP FUNCTION app.portal_case_choice, app.portal_wants_messages, app.wants_messages;
DROP INDEX app.customers_of_phone, app.customers_of_email;
DROP TABLE app.customer_choices;
