-- What customers may do without: surveys and word of the progress. A choice is the person's at the whole OEM, known by
-- telephone number or e-mail address wherever dealers have it; the latest one holds. One made on the page of a complaint
-- ('page') holds for that complaint: whoever complains under somebody else's number comes to such a page, too.
CREATE TABLE app.customer_choices (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    wanted boolean NOT NULL,
    via text NOT NULL CHECK (via IN ('phone', 'in_person', 'on_site', 'chat', 'sms', 'email', 'letter', 'link', 'page')),
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, customer_id) REFERENCES app.customers (oem_id, id)
);
SELECT app.protect('customer_choices', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
-- A case that goes to another dealer takes them along: nothing else of a choice can be changed.
GRANT UPDATE (dealer_id) ON app.customer_choices TO t_oem;
CREATE POLICY t_tracking ON app.customer_choices TO t_tracking USING (true) WITH CHECK (true);
GRANT SELECT ON app.customer_choices TO t_tracking;
CREATE INDEX choices_of_customer ON app.customer_choices (oem_id, customer_id, chosen_at);
CREATE INDEX choices_of_case ON app.customer_choices (oem_id, case_id, chosen_at);
CREATE INDEX customers_of_phone ON app.customers (oem_id, phone) WHERE phone <> '';
CREATE INDEX customers_of_email ON app.customers (oem_id, email) WHERE email <> '';

-- A dealer learns the choice, not where else the person is a customer. Of no complaint: what the person has said by other
-- ways than a page. Who wants the messages again on a page takes back what was said on that complaint, and no more.
CREATE FUNCTION app.wants_messages(customer uuid, complaint uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT coalesce((
        SELECT k.wanted FROM customer_choices k
        WHERE k.oem_id = current_setting('app.oem_id')::int AND k.customer_id IN (
            SELECT customer
            UNION
            SELECT o.id FROM customers u JOIN customers o ON o.oem_id = u.oem_id AND o.phone = u.phone AND o.phone <> ''
            WHERE u.oem_id = current_setting('app.oem_id')::int AND u.id = customer
            UNION
            SELECT o.id FROM customers u JOIN customers o ON o.oem_id = u.oem_id AND o.email = u.email AND o.email <> ''
            WHERE u.oem_id = current_setting('app.oem_id')::int AND u.id = customer
        )
        AND (k.via <> 'page' OR k.case_id = complaint)
        AND NOT (k.case_id = complaint AND EXISTS (
            SELECT FROM customer_choices again
            WHERE again.oem_id = k.oem_id AND again.case_id = complaint AND again.via = 'page' AND again.wanted
              AND (again.chosen_at, again.id) >= (k.chosen_at, k.id)
        ))
        ORDER BY k.chosen_at DESC, k.id DESC LIMIT 1
    ), true)
$$;
CREATE FUNCTION app.portal_wants_messages()
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT wants_messages(c.customer_id, c.id) FROM cases c
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
$$;
-- What the page of a complaint shows: nothing that was said anywhere else.
CREATE FUNCTION app.portal_case_choice()
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT coalesce((
        SELECT k.wanted FROM customer_choices k
        WHERE k.oem_id = current_setting('app.oem_id')::int AND k.case_id = current_setting('app.case_id')::uuid
        ORDER BY k.chosen_at DESC, k.id DESC LIMIT 1
    ), true)
$$;
REVOKE ALL ON FUNCTION app.wants_messages(uuid, uuid), app.portal_wants_messages(), app.portal_case_choice() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.wants_messages(uuid, uuid) TO t_dealer, t_region, t_oem;
GRANT EXECUTE ON FUNCTION app.portal_wants_messages(), app.portal_case_choice() TO t_portal;
GRANT CREATE ON SCHEMA app TO t_tracking;
ALTER FUNCTION app.wants_messages(uuid, uuid) OWNER TO t_tracking;
ALTER FUNCTION app.portal_wants_messages() OWNER TO t_tracking;
ALTER FUNCTION app.portal_case_choice() OWNER TO t_tracking;
REVOKE CREATE ON SCHEMA app FROM t_tracking;

-- Where a customer says that he does without messages like this one; empty where he cannot.
-- By whose clock the quiet hours of a held message are counted.
ALTER TABLE app.messages
    ADD COLUMN choice_link text NOT NULL DEFAULT '',
    ADD COLUMN quiet_zone text NOT NULL DEFAULT '';

ALTER TABLE app.escalations DROP CONSTRAINT escalations_suppressed_check;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_suppressed_check
    CHECK (suppressed IN ('met_before_told', 'stale', 'historical', 'not_wanted')) NOT VALID;
