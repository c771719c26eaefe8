ALTER TABLE app.surveys NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.follow_up_calls NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.call_attempts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.call_checks NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.call_checks k USING app.follow_up_calls f WHERE f.oem_id = k.oem_id AND f.id = k.call_id AND f.turn > 1;
DELETE FROM app.call_attempts a USING app.follow_up_calls f WHERE f.oem_id = a.oem_id AND f.id = a.call_id AND f.turn > 1;
DELETE FROM app.follow_up_calls WHERE turn > 1;
DELETE FROM app.surveys WHERE turn > 1;
ALTER TABLE app.call_checks FORCE ROW LEVEL SECURITY;
ALTER TABLE app.call_attempts FORCE ROW LEVEL SECURITY;
ALTER TABLE app.follow_up_calls FORCE ROW LEVEL SECURITY;
ALTER TABLE app.surveys FORCE ROW LEVEL SECURITY;

ALTER TABLE app.follow_up_calls DROP CONSTRAINT calls_once;
ALTER TABLE app.follow_up_calls DROP COLUMN turn;
ALTER TABLE app.follow_up_calls ADD CONSTRAINT follow_up_calls_oem_id_case_id_cycle_kind_key
    UNIQUE (oem_id, case_id, cycle, kind);
ALTER TABLE app.surveys DROP CONSTRAINT surveys_once;
ALTER TABLE app.surveys DROP COLUMN turn;
ALTER TABLE app.surveys ADD CONSTRAINT surveys_oem_id_case_id_cycle_key UNIQUE (oem_id, case_id, cycle);

DROP FUNCTION app.portal_survey;
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
