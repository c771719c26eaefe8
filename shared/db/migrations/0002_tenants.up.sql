-- OEMs, their regions and dealers, people, and policy data.

CREATE TABLE app.oems (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    country text NOT NULL DEFAULT 'CN' CHECK (country ~ '^[A-Z]{2}$'),
    time_zone text NOT NULL,
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);
SELECT app.protect('oems', 'oems',
    '{"t_dealer": "S", "t_region": "S", "t_oem": "SU", "t_portal": "S", "t_platform": "SIU", "t_system": "S",
      "t_identity": "S"}');

-- Two levels: an area holds districts, dealers belong to a district.
CREATE TABLE app.regions (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id int NOT NULL,
    parent_id int,
    level text NOT NULL CHECK (level IN ('area', 'district')),
    code text NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, code),
    FOREIGN KEY (oem_id, parent_id) REFERENCES app.regions (oem_id, id),
    CHECK ((level = 'area') = (parent_id IS NULL))
);
SELECT app.protect('regions', 'oem',
    '{"t_dealer": "S", "t_region": "S", "t_oem": "SIU", "t_identity": "S"}');

CREATE TABLE app.dealers (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id bigint NOT NULL CHECK (id > 0),
    region_id int NOT NULL,
    code text NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    name_en text NOT NULL CHECK (name_en <> ''),
    province text NOT NULL DEFAULT '',
    city text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    -- The OEM's own desk for complaints without a dealer; left out of leagues.
    is_desk boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, code),
    FOREIGN KEY (oem_id, region_id) REFERENCES app.regions (oem_id, id)
);
CREATE UNIQUE INDEX dealers_one_desk ON app.dealers (oem_id) WHERE is_desk;
SELECT app.protect('dealers', 'dealer',
    '{"t_dealer": "S", "t_region": "S", "t_oem": "SIU", "t_identity": "S"}', 'id');

-- A person, across all tenants. No tenant role reads this table: sign-in goes through definer functions.
CREATE TABLE app.accounts (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND position('@' IN email) > 1),
    name text NOT NULL CHECK (name <> ''),
    password_hash text NOT NULL,
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    time_zone text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    UNIQUE (email)
);
SELECT app.protect('accounts', 'identity', '{"t_identity": "SIU"}');

-- A person's place in one OEM. dealer_id 0: at the OEM itself.
CREATE TABLE app.memberships (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    account_id uuid NOT NULL REFERENCES app.accounts (id),
    role text NOT NULL CHECK (role IN (
        'advisor', 'customer_relations', 'technician', 'service_manager', 'station_head',
        'cac_agent', 'regional_manager', 'reader', 'head_office', 'administrator', 'platform_operator')),
    region_ids int[] NOT NULL DEFAULT '{}',
    name text NOT NULL CHECK (name <> ''),
    email text NOT NULL,
    phone text NOT NULL DEFAULT '',
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    CHECK ((dealer_id > 0) = (role IN
        ('advisor', 'customer_relations', 'technician', 'service_manager', 'station_head')))
);
CREATE UNIQUE INDEX memberships_once ON app.memberships (oem_id, account_id, role, dealer_id);
CREATE INDEX memberships_of_account ON app.memberships (account_id);
CREATE INDEX memberships_of_dealer ON app.memberships (oem_id, dealer_id);
SELECT app.protect('memberships', 'dealer',
    '{"t_dealer": "S", "t_region": "S", "t_oem": "SIU", "t_identity": "SIU"}');

-- Policy data: rules, clocks, calendars, channel codes. Versions are immutable; the newest valid one applies.
-- dealer_id 0: for the whole OEM.
CREATE TABLE app.policies (
    oem_id int NOT NULL REFERENCES app.oems (id),
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    name text NOT NULL CHECK (name IN ('classification', 'channels', 'clocks', 'calendar')),
    version int NOT NULL CHECK (version > 0),
    body jsonb NOT NULL,
    valid_from timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (oem_id, dealer_id, name, version)
);
SELECT app.protect('policies', 'oem',
    '{"t_dealer": "S", "t_region": "S", "t_oem": "SI", "t_system": "S"}');
