-- What else is captured of a complaint (R1.2): the conditions of use in which it shows, and what should be known of the
-- customer.
ALTER TABLE app.cases
    ADD COLUMN conditions text NOT NULL DEFAULT '',
    ADD COLUMN background text NOT NULL DEFAULT '';
