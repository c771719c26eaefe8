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

-- The dossier of a major complaint (R3.9, R3.10) is printed like its forms; who is told of which is policy data.
ALTER TABLE app.case_forms DROP CONSTRAINT case_forms_kind_check;
ALTER TABLE app.case_forms ADD CONSTRAINT case_forms_kind_check CHECK (kind IN ('handling', 'tracking', 'dossier'));

-- Adds a value to a closed list without naming those that are there already.
CREATE OR REPLACE FUNCTION pg_temp.widen(table_name text, constraint_name text, extra text[]) RETURNS void
LANGUAGE plpgsql AS $$
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
SELECT pg_temp.widen('policies', 'policies_name_check', ARRAY['major_persons']);

-- The log of all firings, the latest first.
CREATE INDEX escalations_newest ON app.escalations (oem_id, fired_at DESC, id DESC);

-- Whom a case waits for, and since when: waiting for the OEM, for parts or in a stalemate is a clock on whoever owns it.
ALTER TABLE app.cases ADD COLUMN waits_for text NOT NULL DEFAULT '' CHECK (waits_for IN ('', 'oem', 'parts'));
CREATE TABLE app.case_waits (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    cycle smallint NOT NULL CHECK (cycle > 0),
    party text NOT NULL CHECK (party IN ('customer', 'oem', 'parts', 'stalemate')),
    since timestamptz NOT NULL,
    until timestamptz CHECK (until >= since),
    reason text NOT NULL DEFAULT '',
    begun_by text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX case_waits_of_case ON app.case_waits (oem_id, case_id, since);
CREATE UNIQUE INDEX case_waits_lasting ON app.case_waits (oem_id, case_id, party) WHERE until IS NULL;
SELECT app.protect('case_waits', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');
