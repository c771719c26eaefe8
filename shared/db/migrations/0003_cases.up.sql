-- Customers, vehicles, cases and what happened to them.

CREATE TABLE app.customers (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    name text NOT NULL DEFAULT '',
    -- E.164, empty when unknown.
    phone text NOT NULL DEFAULT '',
    phone_kind text NOT NULL DEFAULT 'mobile' CHECK (phone_kind IN ('mobile', 'landline', 'work', 'unknown')),
    email text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'zh-CN' CHECK (locale IN ('zh-CN', 'en')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, dealer_id) REFERENCES app.dealers (oem_id, id)
);
CREATE INDEX customers_by_phone ON app.customers (oem_id, dealer_id, phone) WHERE phone <> '';
SELECT app.protect('customers', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_search": "S"}');

CREATE TABLE app.vehicles (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    vin text NOT NULL DEFAULT '',
    plate text NOT NULL DEFAULT '',
    brand text NOT NULL DEFAULT '',
    series text NOT NULL DEFAULT '',
    model text NOT NULL DEFAULT '',
    purchased_on date,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, dealer_id) REFERENCES app.dealers (oem_id, id)
);
CREATE INDEX vehicles_by_vin ON app.vehicles (oem_id, dealer_id, vin) WHERE vin <> '';
CREATE INDEX vehicles_by_plate ON app.vehicles (oem_id, dealer_id, plate) WHERE plate <> '';
SELECT app.protect('vehicles', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_search": "S"}');

-- One daily sequence per OEM (R1.3). Counted in a short transaction of its own: gaps are allowed, reuse is not.
CREATE TABLE app.case_counters (
    oem_id int NOT NULL REFERENCES app.oems (id),
    day date NOT NULL,
    last int NOT NULL CHECK (last > 0),
    PRIMARY KEY (oem_id, day)
);
SELECT app.protect('case_counters', 'oem', '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU"}');

CREATE TABLE app.cases (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    number text NOT NULL,
    version int NOT NULL DEFAULT 1 CHECK (version > 0),
    cycle int NOT NULL DEFAULT 1 CHECK (cycle > 0),
    state text NOT NULL CHECK (state IN (
        'received', 'registered', 'contacted', 'diagnosed', 'planned', 'agreed', 'executing', 'verified',
        'result_told', 'surveyed', 'closed', 'on_hold', 'withdrawn', 'merged')),
    channel text NOT NULL CHECK (channel IN (
        'in_store', 'phone', 'web_form', 'app', 'email', 'letter', 'chat', 'social_media', 'platform',
        'oem_forwarded', 'other_organisation')),
    report_code smallint NOT NULL CHECK (report_code BETWEEN 1 AND 5),
    -- What it is (R2); `classification` holds each decision with its reasons and words.
    category text NOT NULL CHECK (category IN ('S', 'SA', 'SQ', 'SP', 'OT')),
    kind text NOT NULL CHECK (kind IN (
        'fault', 'usage_experience', 'complaint', 'technical_support', 'return_or_exchange', 'inquiry',
        'suggestion')),
    subject text NOT NULL CHECK (subject IN ('service_quality', 'repair_quality', 'parts', 'other')),
    urgency text NOT NULL CHECK (urgency IN ('urgent', 'high', 'medium', 'low')),
    nature text NOT NULL DEFAULT 'ordinary' CHECK (nature IN (
        'ordinary', 'potential_media', 'consumer_association', 'authority', 'legal')),
    major boolean NOT NULL DEFAULT false,
    classification jsonb NOT NULL,
    -- What was said (R1.2).
    title text NOT NULL CHECK (title <> ''),
    words text NOT NULL,
    description text NOT NULL DEFAULT '',
    fault_label text NOT NULL DEFAULT '',
    demand text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),
    customer_id uuid NOT NULL,
    vehicle_id uuid,
    mileage_km int CHECK (mileage_km >= 0),
    -- False: nobody can be reached; the case is flagged until a way is found.
    contactable boolean NOT NULL,
    -- A membership of this OEM: no complaint is ever without a named owner (R1.6).
    owner_id uuid NOT NULL,
    owner_name text NOT NULL,
    department text NOT NULL DEFAULT 'service',
    received_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    contacted_at timestamptz,
    planned_at timestamptz,
    result_told_at timestamptz,
    closed_at timestamptz,
    plan text NOT NULL DEFAULT '',
    promised_at timestamptz,
    result text NOT NULL DEFAULT '',
    root_cause text NOT NULL DEFAULT '',
    preventive_measure text NOT NULL DEFAULT '',
    -- The unmet clock that is due next, kept here so that a list needs no join.
    due_at timestamptz,
    due_metric text,
    due_started_at timestamptz,
    -- Imported history: breaches are recorded, the customer is sent nothing.
    historical boolean NOT NULL DEFAULT false,
    source text NOT NULL CHECK (source IN ('staff', 'api', 'import', 'cli')),
    external_ref text,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, number),
    UNIQUE (oem_id, source, external_ref),
    FOREIGN KEY (oem_id, dealer_id) REFERENCES app.dealers (oem_id, id),
    FOREIGN KEY (oem_id, customer_id) REFERENCES app.customers (oem_id, id),
    FOREIGN KEY (oem_id, vehicle_id) REFERENCES app.vehicles (oem_id, id),
    FOREIGN KEY (oem_id, owner_id) REFERENCES app.memberships (oem_id, id),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (closed_at IS NULL OR (root_cause <> '' AND preventive_measure <> '')),
    CHECK ((due_at IS NULL) = (due_metric IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX cases_newest ON app.cases (oem_id, received_at DESC, id DESC);
CREATE INDEX cases_of_dealer_newest ON app.cases (oem_id, dealer_id, received_at DESC, id DESC);
CREATE INDEX cases_due ON app.cases (oem_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX cases_of_dealer_due ON app.cases (oem_id, dealer_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX cases_of_owner ON app.cases (oem_id, owner_id) WHERE closed_at IS NULL;
SELECT app.protect('cases', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_portal": "S", "t_search": "S"}',
    'dealer_id', 'id');

CREATE TABLE app.timeline_entries (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    at timestamptz NOT NULL,
    -- The command that wrote it, or what the system did.
    kind text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'cli', 'system')),
    actor_id uuid,
    actor_name text NOT NULL,
    internal boolean NOT NULL,
    text text NOT NULL DEFAULT '',
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX timeline_of_case ON app.timeline_entries (oem_id, case_id, at, id);
SELECT app.protect('timeline_entries', 'dealer',
    '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');

-- A create with this key has been done; repeating it returns the first case.
CREATE TABLE app.idempotency_keys (
    oem_id int NOT NULL REFERENCES app.oems (id),
    actor text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    case_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, actor, key)
);
SELECT app.protect('idempotency_keys', 'oem', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SID"}');

-- Everything done (R9.3): names of fields and ids, never personal values. Rows are only ever added.
CREATE TABLE app.audit_entries (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'cli', 'system')),
    actor_id uuid,
    actor_role text NOT NULL,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id text NOT NULL,
    fields text[] NOT NULL DEFAULT '{}',
    request_id text,
    PRIMARY KEY (oem_id, id)
);
CREATE INDEX audit_newest ON app.audit_entries (oem_id, at DESC, id DESC);
CREATE INDEX audit_of_entity ON app.audit_entries (oem_id, entity, entity_id, at);
SELECT app.protect('audit_entries', 'dealer', '{"t_dealer": "I", "t_region": "I", "t_oem": "SI"}');
