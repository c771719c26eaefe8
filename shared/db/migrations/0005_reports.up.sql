-- Files kept in the store, report runs and import runs.

CREATE TABLE app.files (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0,
    case_id uuid,
    name text NOT NULL CHECK (name <> ''),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    sha256 bytea NOT NULL,
    storage_key text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id)
);
SELECT app.protect('files', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');

CREATE TABLE app.report_runs (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    -- First day of the month the report is about.
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    state text NOT NULL CHECK (state IN ('queued', 'running', 'ready', 'failed')),
    requested_by uuid,
    requested_name text NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    lease_token uuid,
    leased_until timestamptz,
    -- Frozen figures: the same PDF can be made again.
    figures jsonb,
    file_id uuid,
    pages int,
    error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, dealer_id) REFERENCES app.dealers (oem_id, id),
    FOREIGN KEY (oem_id, file_id) REFERENCES app.files (oem_id, id),
    CHECK ((state = 'ready') = (file_id IS NOT NULL))
);
CREATE UNIQUE INDEX report_runs_under_way ON app.report_runs (oem_id, dealer_id, month, locale)
    WHERE state IN ('queued', 'running');
CREATE INDEX report_runs_newest ON app.report_runs (oem_id, dealer_id, month DESC, created_at DESC);
CREATE INDEX report_runs_waiting ON app.report_runs (oem_id, created_at) WHERE state IN ('queued', 'running');
SELECT app.protect('report_runs', 'dealer',
    '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SIU", "t_system": "S"}');

CREATE TABLE app.import_runs (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0,
    file_name text NOT NULL,
    file_sha256 bytea NOT NULL,
    historical boolean NOT NULL,
    accepted int NOT NULL DEFAULT 0,
    repeated int NOT NULL DEFAULT 0,
    rejected int NOT NULL DEFAULT 0,
    actor_name text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (oem_id, id)
);
SELECT app.protect('import_runs', 'dealer', '{"t_oem": "SIU"}');
