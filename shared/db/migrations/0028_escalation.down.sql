DROP TABLE app.case_waits;
ALTER TABLE app.cases DROP COLUMN waits_for;
DROP INDEX app.escalations_newest;

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
SELECT pg_temp.narrow('policies', 'policies_name_check', 'name', ARRAY['major_persons']);
SELECT pg_temp.narrow('case_forms', 'case_forms_kind_check', 'kind', ARRAY['dossier']);
-- An older migration makes its own of this name.
DROP FUNCTION pg_temp.narrow (text, text, text, text[]);

ALTER TABLE app.escalations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.clocks NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.escalations WHERE turn > 1
    OR metric IN ('progress', 'major_report', 'wait_oem', 'wait_parts', 'stalemate', 'help');
DELETE FROM app.clocks WHERE turn > 1
    OR metric IN ('progress', 'major_report', 'wait_oem', 'wait_parts', 'stalemate', 'help');
ALTER TABLE app.clocks FORCE ROW LEVEL SECURITY;
ALTER TABLE app.escalations FORCE ROW LEVEL SECURITY;

ALTER TABLE app.escalations DROP CONSTRAINT escalations_once;
ALTER TABLE app.escalations DROP COLUMN turn;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_oem_id_case_id_metric_cycle_step_key
    UNIQUE (oem_id, case_id, metric, cycle, step);
ALTER TABLE app.clocks DROP CONSTRAINT clocks_once;
ALTER TABLE app.clocks DROP COLUMN turn;
ALTER TABLE app.clocks ADD CONSTRAINT clocks_oem_id_case_id_metric_cycle_key UNIQUE (oem_id, case_id, metric, cycle);

ALTER TABLE app.escalations DROP CONSTRAINT escalations_metric_check;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_metric_check CHECK (metric IN (
    'register', 'first_contact', 'first_response', 'resolve', 'manual', 'survey', 'follow_up', 'second_follow_up',
    'dissatisfied_callback', 'feedback_after_handling'));
ALTER TABLE app.clocks DROP CONSTRAINT clocks_metric_check;
ALTER TABLE app.clocks ADD CONSTRAINT clocks_metric_check CHECK (metric IN (
    'register', 'first_contact', 'first_response', 'resolve', 'survey', 'follow_up', 'second_follow_up',
    'dissatisfied_callback', 'feedback_after_handling'));
