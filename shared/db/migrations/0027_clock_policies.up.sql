-- What an OEM's administrators have changed of a policy and not published yet (R4.1). `version` is the one in force
-- that it was made from: published meanwhile means looking again.
CREATE TABLE app.policy_drafts (
    oem_id int NOT NULL REFERENCES app.oems (id),
    name text NOT NULL CHECK (name <> ''),
    version int NOT NULL CHECK (version > 0),
    body jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (oem_id, name)
);
SELECT app.protect('policy_drafts', 'oem', '{"t_oem": "SIUD"}');

-- Open cases being brought to the policy in force, in batches: `after` is the last case that is done, so that what was
-- interrupted goes on there. The figures count promises.
CREATE TABLE app.policy_migrations (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    version int NOT NULL CHECK (version > 0),
    cases int NOT NULL CHECK (cases >= 0),
    cases_done int NOT NULL DEFAULT 0,
    earlier int NOT NULL DEFAULT 0,
    later int NOT NULL DEFAULT 0,
    rebased int NOT NULL DEFAULT 0,
    started int NOT NULL DEFAULT 0,
    dropped int NOT NULL DEFAULT 0,
    kept int NOT NULL DEFAULT 0,
    after uuid NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (oem_id, id)
);
SELECT app.protect('policy_migrations', 'oem', '{"t_oem": "SIU"}');
-- One at a time.
CREATE UNIQUE INDEX policy_migrations_running ON app.policy_migrations (oem_id) WHERE finished_at IS NULL;

-- How often cases are held or classified anew, counted for the OEM's overview.
CREATE INDEX timeline_turns ON app.timeline_entries (oem_id, at) INCLUDE (dealer_id)
    WHERE kind IN ('hold', 'classify');
