-- The customer's pages: what t_portal reads of one case, attachments, consent, and customers as actors.

CREATE OR REPLACE FUNCTION pg_temp.widen(table_name text, constraint_name text, extra text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name,
                   replace(replace(present, ' NOT VALID', ''), '])', format(', %L::text])', extra)));
END $$;
SELECT pg_temp.widen('cases', 'cases_source_check', 'portal');

-- Raised to revoke every link to the case that was sent before.
ALTER TABLE app.cases ADD COLUMN link_generation int NOT NULL DEFAULT 1 CHECK (link_generation > 0);

-- Both stand on the customer's pages and on the printed notice (R1.1).
ALTER TABLE app.oems ADD COLUMN complaint_line text NOT NULL DEFAULT '';
ALTER TABLE app.dealers ADD COLUMN complaints_officer text NOT NULL DEFAULT '';

-- A file somebody has added to a case; the same content once. `entry_id` is the contact that a recording belongs to.
CREATE TABLE app.case_attachments (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    file_id uuid NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    kind text NOT NULL CHECK (kind IN ('image', 'document', 'audio', 'video')),
    visible_to_customer boolean NOT NULL,
    entry_id uuid,
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'cli', 'system', 'customer')),
    actor_id uuid,
    actor_name text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, sha256),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, file_id) REFERENCES app.files (oem_id, id),
    FOREIGN KEY (oem_id, entry_id) REFERENCES app.timeline_entries (oem_id, id)
);
SELECT app.protect('case_attachments', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');

-- What the customer has agreed to when sending the form: the version of the OEM's text, in the language it was read in.
CREATE TABLE app.case_consents (
    oem_id int NOT NULL,
    case_id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    -- Version of the policy 'consent'; 0 is the text that comes with the product.
    version int NOT NULL CHECK (version >= 0),
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    given_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, case_id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
SELECT app.protect('case_consents', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');

-- A transfer to another dealer moves what belongs to the case.
GRANT UPDATE (dealer_id) ON app.case_attachments, app.case_consents TO t_oem;

-- From here on t_portal reads no row of a case: only what these functions tell the customer of the case in its scope.
DROP POLICY t_portal ON app.cases;
REVOKE ALL ON app.cases FROM t_portal;
DO $$
BEGIN
    CREATE ROLE t_tracking NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;
GRANT t_tracking TO CURRENT_USER;
GRANT USAGE ON SCHEMA app TO t_tracking;

CREATE OR REPLACE FUNCTION pg_temp.let_track(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY t_tracking ON app.%I TO t_tracking USING (true) WITH CHECK (true)', table_name);
    EXECUTE format('GRANT SELECT ON app.%I TO t_tracking', table_name);
END $$;
SELECT pg_temp.let_track(name)
FROM unnest(ARRAY[
    'oems', 'dealers', 'customers', 'cases', 'timeline_entries', 'case_plans', 'case_attachments', 'files'
]) AS name;

CREATE FUNCTION app.portal_generation()
RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT c.link_generation
    FROM cases c JOIN oems o ON o.id = c.oem_id AND o.active
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
$$;

-- The plan is the one the customer was told last, whatever staff have thought of since; so is all that belongs to it.
-- It is in force while no other one was made after it.
CREATE FUNCTION app.portal_case()
RETURNS TABLE (number text, state text, title text, words text, kind text, received_at timestamptz, registered_at timestamptz,
               contacted_at timestamptz, result_told_at timestamptz, closed_at timestamptz, result text,
               plan text, planned_at timestamptz, promised_at timestamptz, plan_in_force boolean, agreed_at timestamptz,
               alternative text, cost_minor bigint, currency text, payer text,
               window_from timestamptz, window_until timestamptz,
               owner_name text, customer_name text, customer_locale text, dealer_id bigint, dealer_name text,
               dealer_name_en text, dealer_phone text, dealer_is_desk boolean, oem_slug text, oem_name text,
               oem_name_en text, oem_phone text, time_zone text, version int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT c.number, c.state, c.title, c.words, c.kind, c.received_at, c.registered_at, c.contacted_at, c.result_told_at,
           c.closed_at, CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.result END,
           coalesce(told.text, ''), told.at, (told.data ->> 'promised_at')::timestamptz,
           coalesce(last.created_at = told.at, false), plan.agreed_at,
           coalesce(plan.alternative, ''), plan.cost_minor, plan.currency, plan.payer,
           plan.window_from, plan.window_until,
           c.owner_name, p.name, p.locale, d.id, d.name, d.name_en, d.phone, d.is_desk, o.slug, o.name, o.name_en,
           o.complaint_line, o.time_zone, c.version
    FROM cases c
    JOIN oems o ON o.id = c.oem_id
    JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
    JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
    LEFT JOIN LATERAL (
        SELECT t.at, t.text, t.data FROM timeline_entries t
        WHERE t.oem_id = c.oem_id AND t.case_id = c.id AND t.kind = 'tell_plan' AND NOT t.internal
        ORDER BY t.at DESC, t.id DESC LIMIT 1
    ) AS told ON true
    LEFT JOIN LATERAL (
        SELECT p.* FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.created_at = told.at
        ORDER BY p.id DESC LIMIT 1
    ) AS plan ON true
    LEFT JOIN LATERAL (
        SELECT p.created_at FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.cycle = c.cycle
        ORDER BY p.created_at DESC, p.id DESC LIMIT 1
    ) AS last ON true
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
$$;

-- What staff wrote for each other is not the customer's: of a contact, a withdrawal or a reopening he learns that it was.
CREATE FUNCTION app.portal_timeline()
RETURNS TABLE (at timestamptz, kind text, by_customer boolean, text text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT t.at, t.kind, t.actor_kind = 'customer',
           CASE WHEN t.actor_kind = 'customer' OR t.kind NOT IN ('log_contact', 'withdraw', 'reopen') THEN t.text ELSE '' END
    FROM timeline_entries t
    WHERE t.oem_id = current_setting('app.oem_id')::int AND t.case_id = current_setting('app.case_id')::uuid
      AND NOT t.internal
    ORDER BY t.at, t.id
$$;

CREATE FUNCTION app.portal_attachments()
RETURNS TABLE (id uuid, kind text, name text, media_type text, size_bytes bigint, by_customer boolean,
               created_at timestamptz, storage_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT a.id, a.kind, f.name, f.media_type, f.size_bytes, a.actor_kind = 'customer', a.created_at, f.storage_key
    FROM case_attachments a JOIN files f ON f.oem_id = a.oem_id AND f.id = a.file_id
    WHERE a.oem_id = current_setting('app.oem_id')::int AND a.case_id = current_setting('app.case_id')::uuid
      AND a.visible_to_customer
    ORDER BY a.created_at, a.id
$$;

GRANT CREATE ON SCHEMA app TO t_tracking;
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'app'::regnamespace AND proname LIKE 'portal\_%'
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO t_portal', found);
        EXECUTE format('ALTER FUNCTION %s OWNER TO t_tracking', found);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA app FROM t_tracking;
