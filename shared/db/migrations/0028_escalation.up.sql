-- More that is promised of a case (R3.7, R3.10, R4.1): regular word to the customer, the written report on a major
-- complaint, an end to waiting, an answer to a call for help. Some are promised again and again within one cycle.
ALTER TABLE app.clocks DROP CONSTRAINT clocks_metric_check;
ALTER TABLE app.clocks ADD CONSTRAINT clocks_metric_check CHECK (metric IN (
    'register', 'first_contact', 'first_response', 'progress', 'resolve', 'major_report', 'survey', 'follow_up',
    'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling', 'wait_oem', 'wait_parts', 'stalemate',
    'help'));
ALTER TABLE app.escalations DROP CONSTRAINT escalations_metric_check;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_metric_check CHECK (metric IN (
    'register', 'first_contact', 'first_response', 'progress', 'resolve', 'major_report', 'survey', 'follow_up',
    'second_follow_up', 'dissatisfied_callback', 'feedback_after_handling', 'wait_oem', 'wait_parts', 'stalemate',
    'help', 'manual'));

ALTER TABLE app.clocks ADD COLUMN turn smallint NOT NULL DEFAULT 1 CHECK (turn > 0);
ALTER TABLE app.clocks DROP CONSTRAINT clocks_oem_id_case_id_metric_cycle_key;
ALTER TABLE app.clocks ADD CONSTRAINT clocks_once UNIQUE (oem_id, case_id, metric, cycle, turn);
ALTER TABLE app.escalations ADD COLUMN turn smallint NOT NULL DEFAULT 1 CHECK (turn > 0);
ALTER TABLE app.escalations DROP CONSTRAINT escalations_oem_id_case_id_metric_cycle_step_key;
ALTER TABLE app.escalations ADD CONSTRAINT escalations_once UNIQUE (oem_id, case_id, metric, cycle, turn, step);
