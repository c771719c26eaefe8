-- What an OEM's administrators have changed of its classification rules and not published yet (R2).

-- The changes alone are kept, not the whole set: they stay good when somebody publishes meanwhile. `edit` is the
-- rule as it shall be, NULL where it goes; under `defaults` what holds where no rule speaks.
CREATE TABLE app.rule_drafts (
    oem_id int NOT NULL REFERENCES app.oems (id),
    rule_id text NOT NULL CHECK (rule_id <> ''),
    edit jsonb,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (oem_id, rule_id)
);
SELECT app.protect('rule_drafts', 'oem', '{"t_oem": "SIUD"}');
