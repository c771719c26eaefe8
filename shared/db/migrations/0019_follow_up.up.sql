-- Surveys and follow-up calls (R5.1 to R5.3), and what is promised of them (R4.1).

-- Adds values to a closed list without naming those that are there already.
CREATE FUNCTION pg_temp.widen(table_name text, constraint_name text, extra text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
    wider text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    SELECT string_agg(format(', %L::text', each), '') INTO wider FROM unnest(extra) AS each;
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name,
                   replace(present, '])', wider || '])'));
END $$;
SELECT pg_temp.widen('clocks', 'clocks_metric_check', ARRAY[
    'survey', 'follow_up', 'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling']);
SELECT pg_temp.widen('escalations', 'escalations_metric_check', ARRAY[
    'survey', 'follow_up', 'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling']);
SELECT pg_temp.widen('policies', 'policies_name_check', ARRAY['follow_up']);

-- What the customer is asked about one round of his case, answered once. The questions are those it was made with.
CREATE TABLE app.surveys (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    cycle int NOT NULL CHECK (cycle > 0),
    touchpoint text NOT NULL CHECK (touchpoint IN ('result_told', 'closed')),
    -- Version of the policy 'follow_up'; 0 is what comes with the product.
    policy_version int NOT NULL CHECK (policy_version >= 0),
    questions jsonb NOT NULL,
    satisfied_from smallint NOT NULL CHECK (satisfied_from BETWEEN 1 AND 5),
    state text NOT NULL CHECK (state IN ('open', 'answered', 'cancelled')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_via text CHECK (answered_via IN ('link', 'phone', 'in_person')),
    answered_by text,
    answers jsonb NOT NULL DEFAULT '[]',
    comment text NOT NULL DEFAULT '',
    -- The mean of what was scored 1 to 5.
    score double precision CHECK (score BETWEEN 1 AND 5),
    satisfied_with_process boolean,
    satisfied_with_result boolean,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, cycle),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK ((state = 'answered') = (answered_at IS NOT NULL)),
    CHECK ((state = 'answered') = (answered_via IS NOT NULL)),
    CHECK ((state = 'answered') = (answered_by IS NOT NULL)),
    CHECK ((state = 'answered') = (satisfied_with_process IS NOT NULL AND satisfied_with_result IS NOT NULL))
);
SELECT app.protect('surveys', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- A call to make to a customer: one of each kind per round of a case.
CREATE TABLE app.follow_up_calls (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    cycle int NOT NULL CHECK (cycle > 0),
    kind text NOT NULL CHECK (kind IN ('follow_up', 'second_follow_up', 'callback', 'feedback')),
    caller_id uuid NOT NULL,
    caller_name text NOT NULL,
    reason text NOT NULL DEFAULT '',
    -- The local day it is on the list; `asked_at` is the hour the customer has asked for.
    call_on date NOT NULL,
    asked_at timestamptz,
    due_at timestamptz,
    state text NOT NULL CHECK (state IN ('planned', 'done', 'not_reached', 'cancelled')),
    attempts smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    outcome text CHECK (outcome IN ('content', 'complaint', 'inquiry', 'suggestion')),
    note text NOT NULL DEFAULT '',
    linked_case_id uuid,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, cycle, kind),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, caller_id) REFERENCES app.memberships (oem_id, id),
    FOREIGN KEY (oem_id, linked_case_id) REFERENCES app.cases (oem_id, id),
    CHECK ((state = 'planned') = (ended_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK ((state = 'done') = (outcome IS NOT NULL))
);
CREATE INDEX calls_planned ON app.follow_up_calls (oem_id, dealer_id, call_on, id) WHERE state = 'planned';
CREATE INDEX calls_of_caller ON app.follow_up_calls (oem_id, caller_id, call_on, id) WHERE state = 'planned';
SELECT app.protect('follow_up_calls', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- Every try at a call; `effective`: the two have spoken (R6.2 counts them).
CREATE TABLE app.call_attempts (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    call_id uuid NOT NULL,
    at timestamptz NOT NULL,
    by_id uuid,
    by_name text NOT NULL,
    result text NOT NULL CHECK (result IN (
        'content', 'complaint', 'inquiry', 'suggestion', 'no_answer', 'busy', 'wrong_number', 'call_later')),
    effective boolean NOT NULL,
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, call_id) REFERENCES app.follow_up_calls (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK (effective = (result IN ('content', 'complaint', 'inquiry', 'suggestion')))
);
CREATE INDEX attempts_of_call ON app.call_attempts (oem_id, call_id, at);
SELECT app.protect('call_attempts', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
-- A case that goes to another dealer takes them along: nothing else of an attempt can be changed.
GRANT UPDATE (dealer_id) ON app.call_attempts TO t_oem;

-- What the customer is asked by his link: the newest round's survey. Needs no more than the link itself tells.
CREATE POLICY t_tracking ON app.surveys TO t_tracking USING (true) WITH CHECK (true);
GRANT SELECT ON app.surveys TO t_tracking;
CREATE FUNCTION app.portal_survey()
RETURNS TABLE (cycle int, state text, expires_at timestamptz, questions jsonb, satisfied_with_process boolean,
               satisfied_with_result boolean, number text, title text, customer_name text, customer_locale text,
               dealer_id bigint, dealer_name text, dealer_name_en text, oem_name text, oem_name_en text,
               time_zone text, version int, link_generation int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT s.cycle, s.state, s.expires_at, s.questions, s.satisfied_with_process, s.satisfied_with_result, c.number,
           c.title, p.name, p.locale, d.id, d.name, d.name_en, o.name, o.name_en, o.time_zone, c.version,
           c.link_generation
    FROM cases c
    JOIN oems o ON o.id = c.oem_id AND o.active
    JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
    JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
    JOIN surveys s ON s.oem_id = c.oem_id AND s.case_id = c.id
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
    ORDER BY s.cycle DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION app.portal_survey() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.portal_survey() TO t_portal;
GRANT CREATE ON SCHEMA app TO t_tracking;
ALTER FUNCTION app.portal_survey() OWNER TO t_tracking;
REVOKE CREATE ON SCHEMA app FROM t_tracking;
