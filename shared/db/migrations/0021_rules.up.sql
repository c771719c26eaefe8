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

ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check CHECK (name IN (
    'classification', 'channels', 'clocks', 'calendar', 'authority', 'consent', 'follow_up', 'major', 'risk_periods'));
