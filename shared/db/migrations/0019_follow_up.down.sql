DROP FUNCTION app.portal_survey;
DROP TABLE app.call_attempts, app.follow_up_calls, app.surveys;

-- Takes values from a closed list, and the rows that hold them.
CREATE OR REPLACE FUNCTION pg_temp.narrow(table_name text, constraint_name text, column_name text, gone text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
    each text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    FOREACH each IN ARRAY gone LOOP
        present := replace(present, format(', %L::text', each), '');
    END LOOP;
    EXECUTE format('ALTER TABLE app.%I NO FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format('DELETE FROM app.%I WHERE %I = ANY ($1)', table_name, column_name) USING gone;
    EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name, present);
END $$;
SELECT pg_temp.narrow('policies', 'policies_name_check', 'name', ARRAY['follow_up']);
SELECT pg_temp.narrow('escalations', 'escalations_metric_check', 'metric', ARRAY[
    'survey', 'follow_up', 'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling']);
SELECT pg_temp.narrow('clocks', 'clocks_metric_check', 'metric', ARRAY[
    'survey', 'follow_up', 'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling']);
