DROP FUNCTION app.portal_generation, app.portal_case, app.portal_timeline, app.portal_attachments;
DROP TABLE app.case_consents, app.case_attachments;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['oems', 'dealers', 'customers', 'cases', 'timeline_entries', 'case_plans', 'files']
    LOOP
        EXECUTE format('DROP POLICY t_tracking ON app.%I', name);
        EXECUTE format('REVOKE ALL ON app.%I FROM t_tracking', name);
    END LOOP;
END $$;
REVOKE USAGE ON SCHEMA app FROM t_tracking;
CREATE POLICY t_portal ON app.cases TO t_portal
    USING (oem_id = current_setting('app.oem_id')::int AND id = current_setting('app.case_id')::uuid)
    WITH CHECK (oem_id = current_setting('app.oem_id')::int AND id = current_setting('app.case_id')::uuid);
GRANT SELECT ON app.cases TO t_portal;
ALTER TABLE app.dealers DROP COLUMN complaints_officer;
ALTER TABLE app.oems DROP COLUMN complaint_line;
ALTER TABLE app.cases DROP COLUMN link_generation;

CREATE OR REPLACE FUNCTION pg_temp.narrow(table_name text, constraint_name text, extra text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name,
                   replace(present, format(', %L::text', extra), '') || ' NOT VALID');
END $$;
SELECT pg_temp.narrow('cases', 'cases_source_check', 'portal');
