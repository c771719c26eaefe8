-- People: what they choose for themselves, invitations, absences, password resets; what an OEM sets for itself.

-- A person's language and time zone are those of the account; each place holds a copy, for whoever writes to its
-- people may not read accounts. `muted` are messages not wanted, as `<template>/<channel>`.
ALTER TABLE app.memberships
    ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Shanghai',
    ADD COLUMN muted text[] NOT NULL DEFAULT '{}',
    ADD COLUMN version int NOT NULL DEFAULT 1;
ALTER TABLE app.memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.accounts NO FORCE ROW LEVEL SECURITY;
UPDATE app.memberships m SET locale = a.locale, time_zone = a.time_zone FROM app.accounts a WHERE a.id = m.account_id;
ALTER TABLE app.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE app.memberships FORCE ROW LEVEL SECURITY;
-- A station head keeps the staff of the own dealer; the policy and the check of roles hold him to it.
GRANT INSERT, UPDATE ON app.memberships TO t_dealer;

-- A place offered by e-mail. The link's token is held as SHA-256 only.
CREATE TABLE app.staff_invitations (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    email text NOT NULL CHECK (email = lower(email) AND position('@' IN email) > 1),
    name text NOT NULL CHECK (name <> ''),
    role text NOT NULL CHECK (role IN (
        'advisor', 'customer_relations', 'technician', 'service_manager', 'station_head',
        'cac_agent', 'regional_manager', 'reader', 'head_office', 'administrator')),
    region_ids int[] NOT NULL DEFAULT '{}',
    phone text NOT NULL DEFAULT '',
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    time_zone text NOT NULL,
    token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    membership_id uuid,
    revoked_at timestamptz,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, token_hash),
    CHECK ((dealer_id > 0) = (role IN
        ('advisor', 'customer_relations', 'technician', 'service_manager', 'station_head'))),
    CHECK ((accepted_at IS NULL) = (membership_id IS NULL))
);
CREATE INDEX staff_invitations_by_token ON app.staff_invitations (token_hash);
CREATE UNIQUE INDEX staff_invitations_once ON app.staff_invitations (oem_id, email, role, dealer_id)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
SELECT app.protect('staff_invitations', 'dealer', '{"t_dealer": "SIU", "t_oem": "SIU", "t_identity": "S"}');

-- While somebody is away, the substitute is told and given new cases instead. Times, not days: the day's ends were
-- taken in the person's time zone.
CREATE TABLE app.absences (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    membership_id uuid NOT NULL,
    substitute_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, membership_id) REFERENCES app.memberships (oem_id, id),
    FOREIGN KEY (oem_id, substitute_id) REFERENCES app.memberships (oem_id, id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX absences_of_membership ON app.absences (oem_id, membership_id, ends_at);
SELECT app.protect('absences', 'dealer', '{"t_dealer": "SID", "t_region": "S", "t_oem": "SID"}');

CREATE TABLE app.password_resets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES app.accounts (id),
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (expires_at > created_at)
);
CREATE INDEX password_resets_of_account ON app.password_resets (account_id);
CREATE INDEX password_resets_expired ON app.password_resets (expires_at);
SELECT app.protect('password_resets', 'identity', '{"t_identity": "SID"}');

-- What an OEM sets for itself. `sender_name` is the From of its e-mails, `sms_signature` the sign of its SMS without
-- brackets, `public_url` where its people and customers reach Huiyin; empty: the installation's.
ALTER TABLE app.oems
    ADD COLUMN number_prefix text NOT NULL DEFAULT 'AF' CHECK (number_prefix ~ '^[A-Z]{1,6}$'),
    ADD COLUMN sender_name text NOT NULL DEFAULT '',
    ADD COLUMN sms_signature text NOT NULL DEFAULT '',
    ADD COLUMN public_url text NOT NULL DEFAULT '',
    ADD COLUMN logo_sha256 bytea CHECK (length(logo_sha256) = 32),
    ADD COLUMN version int NOT NULL DEFAULT 1;

-- Small pictures, kept with the settings they belong to and found by what they hold.
CREATE TABLE app.oem_logos (
    oem_id int NOT NULL REFERENCES app.oems (id),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg')),
    content bytea NOT NULL CHECK (length(content) <= 262144),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, sha256)
);
SELECT app.protect('oem_logos', 'oem', '{"t_dealer": "S", "t_region": "S", "t_oem": "SID"}');

ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check
    CHECK (name IN ('classification', 'channels', 'clocks', 'calendar', 'authority', 'consent'));

-- A message whose link lets its holder in: the link is forgotten once it has left.
ALTER TABLE app.messages ADD COLUMN link_is_secret boolean NOT NULL DEFAULT false;

-- The invitation of a token while it can be accepted, and whether its e-mail address has an account with a password.
CREATE FUNCTION app.auth_find_invitation(wanted bytea, as_of timestamptz)
RETURNS TABLE (oem_id int, id uuid, dealer_id bigint, email text, name text, role text, region_ids int[], phone text,
               locale text, time_zone text, expires_at timestamptz, oem_name text, oem_name_en text,
               dealer_name text, dealer_name_en text, has_account boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT i.oem_id, i.id, i.dealer_id, i.email, i.name, i.role, i.region_ids, i.phone, i.locale, i.time_zone,
           i.expires_at, o.name, o.name_en, coalesce(d.name, ''), coalesce(d.name_en, ''),
           EXISTS (SELECT FROM accounts a WHERE a.email = i.email AND a.password_hash <> '!')
    FROM staff_invitations i
    JOIN oems o ON o.id = i.oem_id AND o.active
    LEFT JOIN dealers d ON d.oem_id = i.oem_id AND d.id = i.dealer_id AND d.active
    WHERE i.token_hash = wanted AND i.accepted_at IS NULL AND i.revoked_at IS NULL
      AND i.expires_at > coalesce(as_of, now()) AND (i.dealer_id = 0 OR d.id IS NOT NULL)
$$;

-- A person's own name, language and time zone, in the account and in every place of the person.
CREATE FUNCTION app.auth_set_profile(wanted_account uuid, new_name text, new_locale text, new_time_zone text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE accounts SET name = new_name, locale = new_locale, time_zone = new_time_zone WHERE id = wanted_account;
    UPDATE memberships SET name = new_name, locale = new_locale, time_zone = new_time_zone, version = version + 1
    WHERE account_id = wanted_account;
$$;

-- What a person sets for one of the own places. False: no such place of this person.
CREATE FUNCTION app.auth_set_contact(wanted_account uuid, wanted_oem int, wanted_membership uuid, new_phone text,
                                     new_muted text[])
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    UPDATE memberships SET phone = new_phone, muted = new_muted, version = version + 1
    WHERE oem_id = wanted_oem AND id = wanted_membership AND account_id = wanted_account;
    RETURN FOUND;
END $$;

CREATE FUNCTION app.auth_contact(wanted_account uuid, wanted_oem int, wanted_membership uuid)
RETURNS TABLE (phone text, muted text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT phone, muted FROM memberships
    WHERE oem_id = wanted_oem AND id = wanted_membership AND account_id = wanted_account
$$;

-- A reset that can be used once; an older one of the account ends with it.
CREATE FUNCTION app.auth_start_reset(id uuid, account_id uuid, token_hash bytea, at timestamptz,
                                     expires_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    DELETE FROM password_resets known WHERE known.account_id = $2 OR known.expires_at <= $4;
    INSERT INTO password_resets (id, account_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5);
$$;

-- The e-mail address a reset is for, NULL when it cannot be used any more.
CREATE FUNCTION app.auth_find_reset(wanted bytea, as_of timestamptz)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT a.email FROM password_resets r JOIN accounts a ON a.id = r.account_id AND a.active
    WHERE r.token_hash = wanted AND r.expires_at > coalesce(as_of, now())
$$;

-- Use a reset: the password changes and every session ends. NULL: it cannot be used any more.
CREATE FUNCTION app.auth_use_reset(wanted bytea, new_hash text, as_of timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    DELETE FROM password_resets r USING accounts a
    WHERE r.token_hash = wanted AND r.expires_at > coalesce(as_of, now()) AND a.id = r.account_id AND a.active
    RETURNING r.account_id INTO found;
    IF found IS NOT NULL THEN
        UPDATE accounts SET password_hash = new_hash WHERE id = found;
        DELETE FROM sessions WHERE account_id = found;
    END IF;
    RETURN found;
END $$;

DROP FUNCTION app.auth_set_preferences;

GRANT CREATE ON SCHEMA app TO t_identity;
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'app'::regnamespace
          AND proname IN ('auth_find_invitation', 'auth_set_profile', 'auth_set_contact', 'auth_contact',
                          'auth_start_reset', 'auth_find_reset', 'auth_use_reset')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO t_auth', found);
        EXECUTE format('ALTER FUNCTION %s OWNER TO t_identity', found);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA app FROM t_identity;
