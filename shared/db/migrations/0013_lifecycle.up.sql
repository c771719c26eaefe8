-- The whole life of a case (R3). Counts of what still stands open are kept on the case, under its lock, so that a
-- command decides and a list shows without a join.
ALTER TABLE app.cases
    -- When the present cycle began, NULL in the first one.
    ADD COLUMN reopened_at timestamptz,
    -- The state a case on hold was held in.
    ADD COLUMN held_in text CHECK (held_in IN (
        'contacted', 'diagnosed', 'planned', 'agreed', 'executing', 'verified', 'result_told', 'surveyed')),
    -- What the customer was asked for, while we wait for it.
    ADD COLUMN waiting_for text NOT NULL DEFAULT '',
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN answer_by timestamptz,
    ADD COLUMN previous_owner_id uuid,
    ADD COLUMN transfer_asked_at timestamptz,
    ADD COLUMN points smallint NOT NULL DEFAULT 0,
    ADD COLUMN open_points smallint NOT NULL DEFAULT 0,
    ADD COLUMN open_tasks smallint NOT NULL DEFAULT 0,
    ADD COLUMN open_compensations smallint NOT NULL DEFAULT 0,
    ADD COLUMN visit_unconfirmed boolean NOT NULL DEFAULT false,
    ADD COLUMN work_unverified boolean NOT NULL DEFAULT false,
    ADD COLUMN verdict text CHECK (verdict IN (
        'roadmap', 'declined', 'iteration_list', 'service_measure', 'training_measure')),
    ADD COLUMN satisfied_with_process boolean,
    ADD COLUMN satisfied_with_result boolean,
    -- Withdrawn and merged cases have ended, too: nothing lists them as open.
    DROP CONSTRAINT cases_check,
    DROP CONSTRAINT cases_check1,
    ADD CONSTRAINT cases_ended CHECK ((state IN ('closed', 'withdrawn', 'merged')) = (closed_at IS NOT NULL)),
    -- A suggestion or an experience is closed with its verdict (R3.7), everything else with cause and measure (R3.9).
    ADD CONSTRAINT cases_closed_with_reason
        CHECK (state <> 'closed' OR verdict IS NOT NULL OR (root_cause <> '' AND preventive_measure <> '')),
    ADD CONSTRAINT cases_held CHECK ((state = 'on_hold') = (held_in IS NOT NULL)),
    ADD CONSTRAINT cases_waiting CHECK ((waiting_for <> '') = (waiting_since IS NOT NULL)),
    ADD CONSTRAINT cases_counts
        CHECK (open_points BETWEEN 0 AND points AND open_tasks >= 0 AND open_compensations >= 0),
    ADD CONSTRAINT cases_previous_owner FOREIGN KEY (oem_id, previous_owner_id)
        REFERENCES app.memberships (oem_id, id);

ALTER TABLE app.timeline_entries
    DROP CONSTRAINT timeline_entries_actor_kind_check,
    ADD CONSTRAINT timeline_entries_actor_kind_check
        CHECK (actor_kind IN ('person', 'api_key', 'cli', 'system', 'customer'));
ALTER TABLE app.audit_entries
    DROP CONSTRAINT audit_entries_actor_kind_check,
    ADD CONSTRAINT audit_entries_actor_kind_check
        CHECK (actor_kind IN ('person', 'api_key', 'cli', 'system', 'customer'));
ALTER TABLE app.policies
    DROP CONSTRAINT policies_name_check,
    ADD CONSTRAINT policies_name_check
        CHECK (name IN ('classification', 'channels', 'clocks', 'calendar', 'authority'));

-- What the customer complains of, point by point; each is confirmed before the work counts as verified (R3.5).
CREATE TABLE app.case_points (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    text text NOT NULL CHECK (text <> ''),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    confirmed_at timestamptz,
    confirmed_by text,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, position),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);
SELECT app.protect('case_points', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- What was found out (R3.4).
CREATE TABLE app.case_diagnoses (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    cycle int NOT NULL CHECK (cycle > 0),
    findings text NOT NULL CHECK (findings <> ''),
    checklist jsonb NOT NULL DEFAULT '[]',
    repair_history text NOT NULL DEFAULT '',
    remote_guidance text NOT NULL DEFAULT '',
    temporary_measure text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX diagnoses_of_case ON app.case_diagnoses (oem_id, case_id, created_at);
SELECT app.protect('case_diagnoses', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- Every plan that was made (R3.4); the newest of the cycle is in force, and the agreement is to that one.
CREATE TABLE app.case_plans (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    cycle int NOT NULL CHECK (cycle > 0),
    plan text NOT NULL CHECK (plan <> ''),
    type text CHECK (type IN ('remote', 'on_site', 'workshop', 'parts')),
    alternative text NOT NULL DEFAULT '',
    parts text NOT NULL DEFAULT '',
    promised_at timestamptz,
    cost_minor bigint CHECK (cost_minor >= 0),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    payer text CHECK (payer IN ('customer', 'warranty', 'dealer', 'oem', 'insurance')),
    window_from timestamptz,
    window_until timestamptz,
    visit_confirmed_at timestamptz,
    agreed_at timestamptz,
    agreed_by text,
    agreed_via text CHECK (agreed_via IN (
        'phone', 'in_person', 'on_site', 'chat', 'sms', 'email', 'letter', 'link')),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK ((cost_minor IS NULL) = (currency IS NULL)),
    CHECK ((cost_minor IS NULL) = (payer IS NULL)),
    CHECK ((window_from IS NULL) = (window_until IS NULL)),
    CHECK (window_until > window_from),
    CHECK ((agreed_at IS NULL) = (agreed_by IS NULL) AND (agreed_at IS NULL) = (agreed_via IS NULL))
);
CREATE INDEX plans_of_case ON app.case_plans (oem_id, case_id, created_at DESC, id DESC);
SELECT app.protect('case_plans', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- What a department has to do on a case that another answers for (R3.1).
CREATE TABLE app.case_tasks (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    department text NOT NULL,
    assignee_id uuid,
    assignee_name text NOT NULL DEFAULT '',
    title text NOT NULL CHECK (title <> ''),
    due_at timestamptz,
    state text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    outcome text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, assignee_id) REFERENCES app.memberships (oem_id, id),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX tasks_of_case ON app.case_tasks (oem_id, case_id, created_at);
CREATE INDEX tasks_of_assignee ON app.case_tasks (oem_id, assignee_id, due_at) WHERE state = 'open';
SELECT app.protect('case_tasks', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- What the customer is given (R3.5); above the giver's limit only after an approval (R3.2).
CREATE TABLE app.case_compensations (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'cash', 'voucher', 'free_service', 'free_parts', 'extended_warranty', 'courtesy_car', 'other')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL CHECK (reason <> ''),
    state text NOT NULL CHECK (state IN ('asked', 'approved', 'declined', 'given', 'dropped')),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    -- Within the own limit the giver, else who approved.
    approver text,
    given_at timestamptz,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK (state NOT IN ('approved', 'given') OR approver IS NOT NULL),
    CHECK ((state = 'given') = (given_at IS NOT NULL))
);
CREATE INDEX compensations_of_case ON app.case_compensations (oem_id, case_id, created_at);
SELECT app.protect('case_compensations', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

CREATE TABLE app.case_approvals (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    compensation_id uuid NOT NULL,
    -- The lowest role of the chain whose limit suffices.
    wanted_role text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'approved', 'declined', 'dropped')),
    asked_at timestamptz NOT NULL,
    asked_by uuid,
    asked_name text NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    decided_name text,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, compensation_id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, compensation_id) REFERENCES app.case_compensations (oem_id, id),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((decided_at IS NULL) = (decided_name IS NULL))
);
CREATE INDEX approvals_pending ON app.case_approvals (oem_id, asked_at, id) WHERE state = 'pending';
SELECT app.protect('case_approvals', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- A case that goes to another dealer takes its history along: no words of an entry can be changed by it.
GRANT UPDATE (dealer_id) ON app.timeline_entries, app.files TO t_oem;
