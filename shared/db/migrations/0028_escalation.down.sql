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
