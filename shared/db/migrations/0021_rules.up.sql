-- Major complaints (R2.6): what speaks for one, and what a person made of it.

-- A sign or a criterion, once per case, with the rule that found it, its reason and the words that decided.
CREATE TABLE app.major_findings (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    code text NOT NULL CHECK (code IN (
        'fire', 'severe_accident', 'airbag_crash', 'broken_powertrain_accident', 'public_attention',
        'repeated_repair', 'unexplained_phenomenon', 'staff_conduct',
        'procedure', 'means', 'expectation', 'amount', 'risk', 'by_hand')),
    rule_id text NOT NULL,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    words text[] NOT NULL DEFAULT '{}',
    found_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, code),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
SELECT app.protect('major_findings', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
GRANT UPDATE (dealer_id) ON app.major_findings TO t_oem;

CREATE TABLE app.major_decisions (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    decision text NOT NULL CHECK (decision IN ('confirmed', 'dismissed')),
    criteria text[] NOT NULL CHECK (
        criteria <@ ARRAY['procedure', 'means', 'expectation', 'amount', 'risk']
        AND (decision = 'confirmed' OR criteria = '{}')),
    reason text NOT NULL CHECK (reason <> ''),
    decided_at timestamptz NOT NULL,
    decided_by uuid,
    decided_name text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX major_decisions_of_case ON app.major_decisions (oem_id, case_id, decided_at);
SELECT app.protect('major_decisions', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
GRANT UPDATE (dealer_id) ON app.major_decisions TO t_oem;

-- The forms of a case (R3.9): printed by the reports worker, the tracking form filed with the OEM when it is ready.
CREATE TABLE app.case_forms (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('handling', 'tracking')),
    cycle smallint NOT NULL CHECK (cycle > 0),
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    state text NOT NULL CHECK (state IN ('queued', 'ready', 'failed')),
    attempts smallint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL,
    ready_at timestamptz,
    filed_at timestamptz,
    file_id uuid,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, kind, cycle, locale),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, file_id) REFERENCES app.files (oem_id, id),
    CHECK ((state = 'ready') = (file_id IS NOT NULL)),
    CHECK ((file_id IS NULL) = (ready_at IS NULL)),
    CHECK (filed_at IS NULL OR (kind = 'tracking' AND ready_at IS NOT NULL))
);
CREATE INDEX case_forms_queued ON app.case_forms (asked_at) WHERE state = 'queued';
SELECT app.protect('case_forms', 'dealer', '{"t_dealer": "S", "t_region": "S", "t_oem": "SIU", "t_system": "S"}');

ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check CHECK (name IN (
    'classification', 'channels', 'clocks', 'calendar', 'authority', 'consent', 'follow_up', 'major', 'risk_periods'));
