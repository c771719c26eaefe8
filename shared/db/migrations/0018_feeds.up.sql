-- What other systems send by themselves: sources with signed webhooks, and the telephone calls behind cases.

-- A system that may send complaints or calls. Its secret is nowhere: it is derived from the salt and the
-- installation's key. The salt before the last stays good until `previous_until`.
-- dealer_id 0: it sends for the whole OEM.
CREATE TABLE app.inbound_sources (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,29}$'),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    channel text NOT NULL,
    answer_seconds int NOT NULL DEFAULT 60 CHECK (answer_seconds BETWEEN 1 AND 3600),
    salt bytea NOT NULL CHECK (length(salt) = 32),
    previous_salt bytea CHECK (length(previous_salt) = 32),
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    rotated_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, code),
    CHECK ((previous_salt IS NULL) = (previous_until IS NULL))
);
SELECT app.protect('inbound_sources', 'oem', '{"t_oem": "SIU", "t_identity": "SU"}');

-- A telephone call as the telephone system told it (R1.4). dealer_id 0: at the OEM, and of no case yet.
-- answer_seconds: within how many it should have been answered.
CREATE TABLE app.case_calls (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL CHECK (dealer_id >= 0),
    case_id uuid,
    source_id uuid NOT NULL,
    call_ref text NOT NULL CHECK (call_ref <> '' AND length(call_ref) <= 100),
    phone text NOT NULL,
    offered_at timestamptz NOT NULL,
    answered_at timestamptz CHECK (answered_at >= offered_at),
    ended_at timestamptz CHECK (ended_at >= offered_at),
    answer_seconds int NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, source_id, call_ref),
    FOREIGN KEY (oem_id, source_id) REFERENCES app.inbound_sources (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX case_calls_of_case ON app.case_calls (oem_id, case_id, offered_at) WHERE case_id IS NOT NULL;
CREATE INDEX case_calls_waiting ON app.case_calls (oem_id, phone, offered_at) WHERE case_id IS NULL AND phone <> '';
SELECT app.protect('case_calls', 'dealer', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

-- Lists going out as files and files coming in as cases: asked for, leased by a worker, ready or given up, gone.
-- Who asked is kept as he was then: `scope` and `dealer_ids` are what he saw, `params` what he asked for.
CREATE TABLE app.file_jobs (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL CHECK (dealer_id >= 0),
    kind text NOT NULL CHECK (kind IN ('export', 'import')),
    state text NOT NULL CHECK (state IN ('draft', 'queued', 'running', 'ready', 'failed', 'expired')),
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'api_key')),
    actor_id uuid NOT NULL,
    actor_name text NOT NULL,
    actor_role text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('t_dealer', 't_region', 't_oem')),
    dealer_ids bigint[] NOT NULL,
    locale text NOT NULL,
    time_zone text NOT NULL,
    params jsonb NOT NULL,
    total int NOT NULL DEFAULT 0,
    done int NOT NULL DEFAULT 0,
    counts jsonb NOT NULL DEFAULT '{}',
    error jsonb,
    attempts int NOT NULL DEFAULT 0,
    lease_token uuid,
    leased_until timestamptz,
    input jsonb,
    result jsonb,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id)
);
CREATE INDEX file_jobs_of_actor ON app.file_jobs (oem_id, kind, actor_id, created_at DESC, id DESC);
CREATE INDEX file_jobs_waiting ON app.file_jobs (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX file_jobs_ending ON app.file_jobs (expires_at) WHERE state <> 'expired';
SELECT app.protect('file_jobs', 'dealer', '{"t_dealer": "SI", "t_oem": "SIU", "t_system": "S"}');

-- Which column meant what, the last time a file with these columns came.
CREATE TABLE app.import_mappings (
    oem_id int NOT NULL REFERENCES app.oems (id),
    columns_sha256 bytea NOT NULL,
    mapping jsonb NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_by text NOT NULL,
    PRIMARY KEY (oem_id, columns_sha256)
);
SELECT app.protect('import_mappings', 'oem', '{"t_oem": "SIU"}');

-- Who sends: the source of an address, while its OEM, its dealer and itself are active.
CREATE FUNCTION app.auth_find_source(wanted uuid)
RETURNS TABLE (id uuid, oem_id int, dealer_id bigint, code text, name text, channel text, answer_seconds int,
               salt bytea, previous_salt bytea, previous_until timestamptz, locale text, time_zone text,
               country text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT s.id, s.oem_id, s.dealer_id, s.code, s.name, s.channel, s.answer_seconds, s.salt, s.previous_salt,
           s.previous_until, o.locale, o.time_zone, o.country
    FROM inbound_sources s
    JOIN oems o ON o.id = s.oem_id AND o.active
    LEFT JOIN dealers d ON d.oem_id = s.oem_id AND d.id = s.dealer_id AND d.active
    WHERE s.id = wanted AND s.revoked_at IS NULL AND (s.dealer_id = 0 OR d.id IS NOT NULL)
$$;

-- Its signature was right; noted once a minute.
CREATE FUNCTION app.auth_use_source(wanted uuid, as_of timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE inbound_sources SET last_used_at = coalesce(as_of, now())
    WHERE id = wanted
      AND (last_used_at IS NULL OR coalesce(as_of, now()) >= last_used_at + interval '1 minute')
$$;

GRANT CREATE ON SCHEMA app TO t_identity;
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'app'::regnamespace AND proname IN ('auth_find_source', 'auth_use_source')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO t_auth', found);
        EXECUTE format('ALTER FUNCTION %s OWNER TO t_identity', found);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA app FROM t_identity;
