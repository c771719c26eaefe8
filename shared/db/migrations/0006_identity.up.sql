-- Sessions, API keys, sign-in attempts. Tokens and keys are kept as SHA-256 only: who reads these tables can use none.

-- The platform operator creates OEMs and belongs to none, so this is a property of the person, not a membership.
ALTER TABLE app.accounts ADD COLUMN platform_operator boolean NOT NULL DEFAULT false;

CREATE TABLE app.sessions (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    account_id uuid NOT NULL REFERENCES app.accounts (id),
    -- The membership acted in; both NULL for the platform operator.
    oem_id int,
    membership_id uuid,
    -- Where from, as the account's owner sees it in the list of sessions.
    client text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    idle_seconds int NOT NULL CHECK (idle_seconds > 0),
    expires_at timestamptz NOT NULL,
    CHECK ((oem_id IS NULL) = (membership_id IS NULL)),
    CHECK (expires_at > created_at)
);
CREATE INDEX sessions_of_account ON app.sessions (account_id);
CREATE INDEX sessions_expired ON app.sessions (expires_at);
SELECT app.protect('sessions', 'identity', '{"t_identity": "SIUD"}');

-- dealer_id 0: acts for the whole OEM.
CREATE TABLE app.api_keys (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0 CHECK (dealer_id >= 0),
    name text NOT NULL CHECK (name <> ''),
    -- The readable part, by which people tell keys apart.
    prefix text NOT NULL CHECK (prefix <> ''),
    key_hash bytea NOT NULL CHECK (length(key_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, prefix),
    UNIQUE (oem_id, key_hash)
);
CREATE INDEX api_keys_by_hash ON app.api_keys (key_hash);
SELECT app.protect('api_keys', 'oem', '{"t_oem": "SIU", "t_identity": "SU"}');

-- One row per limited thing (hash of an address, or of address and e-mail). `full_at_ms` (milliseconds since 1970) is
-- when all its tries will be free again; a row in the past means the same as no row.
CREATE TABLE app.sign_in_attempts (
    bucket bytea PRIMARY KEY,
    full_at_ms bigint NOT NULL
);
CREATE INDEX sign_in_attempts_old ON app.sign_in_attempts (full_at_ms);
SELECT app.protect('sign_in_attempts', 'identity', '{"t_identity": "SIUD"}');

-- Take one try from every bucket, or none and tell the seconds to wait. Rows are locked in the order given: callers
-- name the wider bucket first.
CREATE FUNCTION app.auth_take_attempt(buckets bytea[], tries int[], every_ms int[], as_of timestamptz)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    now_ms constant bigint := floor(extract(epoch FROM coalesce(as_of, clock_timestamp())) * 1000);
    stored bigint;
    wait_ms bigint := 0;
BEGIN
    FOR place IN 1 .. cardinality(buckets) LOOP
        INSERT INTO sign_in_attempts AS known (bucket, full_at_ms) VALUES (buckets[place], now_ms)
        ON CONFLICT (bucket) DO UPDATE SET full_at_ms = greatest(known.full_at_ms, now_ms)
        RETURNING full_at_ms INTO stored;
        wait_ms := greatest(wait_ms, stored - now_ms - (tries[place] - 1)::bigint * every_ms[place]);
    END LOOP;
    IF wait_ms > 0 THEN
        RETURN ceil(wait_ms / 1000.0)::int;
    END IF;
    FOR place IN 1 .. cardinality(buckets) LOOP
        UPDATE sign_in_attempts SET full_at_ms = full_at_ms + every_ms[place] WHERE bucket = buckets[place];
    END LOOP;
    DELETE FROM sign_in_attempts WHERE bucket IN (
        SELECT bucket FROM sign_in_attempts WHERE full_at_ms < now_ms LIMIT 10 FOR UPDATE SKIP LOCKED);
    RETURN 0;
END $$;

-- After a success: the person's own bucket is emptied, the address gets its try back.
CREATE FUNCTION app.auth_give_back(address_bucket bytea, address_every_ms int, person_bucket bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE sign_in_attempts SET full_at_ms = full_at_ms - address_every_ms WHERE bucket = address_bucket;
    DELETE FROM sign_in_attempts WHERE bucket = person_bucket;
$$;

CREATE FUNCTION app.auth_find_account(wanted_email text)
RETURNS TABLE (id uuid, email text, name text, password_hash text, locale text, time_zone text, active boolean,
               platform_operator boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT id, email, name, password_hash, locale, time_zone, active, platform_operator
    FROM accounts WHERE email = wanted_email
$$;

-- False: the e-mail address has an account already.
CREATE FUNCTION app.auth_create_account(id uuid, email text, name text, password_hash text, locale text,
                                        time_zone text, platform_operator boolean, created_at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    INSERT INTO accounts (id, email, name, password_hash, locale, time_zone, platform_operator, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

CREATE FUNCTION app.auth_set_password(wanted_account uuid, new_hash text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE accounts SET password_hash = new_hash WHERE id = wanted_account
$$;

-- The places a person can act in: active memberships of active dealers of active OEMs.
CREATE FUNCTION app.auth_memberships(wanted_account uuid)
RETURNS TABLE (membership_id uuid, role text, member_name text, oem_id int, oem_slug text, oem_name text,
               oem_name_en text, oem_locale text, dealer_id bigint, dealer_name text, dealer_name_en text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT m.id, m.role, m.name, o.id, o.slug, o.name, o.name_en, o.locale, m.dealer_id, coalesce(d.name, ''),
           coalesce(d.name_en, '')
    FROM memberships m
    JOIN oems o ON o.id = m.oem_id AND o.active
    LEFT JOIN dealers d ON d.oem_id = m.oem_id AND d.id = m.dealer_id AND d.active
    WHERE m.account_id = wanted_account AND m.active AND (m.dealer_id = 0 OR d.id IS NOT NULL)
    ORDER BY o.slug, m.created_at, m.id
$$;

-- Sessions past their end are cleared away a few at a time.
CREATE FUNCTION app.auth_open_session(id uuid, token_hash bytea, account_id uuid, oem_id int, membership_id uuid,
                                      client text, at timestamptz, idle_seconds int, expires_at timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    INSERT INTO sessions (id, token_hash, account_id, oem_id, membership_id, client, created_at, last_seen_at,
                          idle_seconds, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9);
    DELETE FROM sessions WHERE id IN (
        SELECT old.id FROM sessions old WHERE old.expires_at <= $7 ORDER BY old.expires_at LIMIT 10
        FOR UPDATE SKIP LOCKED);
$$;

-- Who stands behind a session, with the dealers the role reaches: one's own, or the active ones of a regional
-- manager's areas and districts. No row: unknown, ended, or the place is not open to the person any more.
-- `last_seen_at` moves at most once a minute, so that reading does not write.
CREATE FUNCTION app.auth_find_session(wanted bytea, as_of timestamptz)
RETURNS TABLE (session_id uuid, account_id uuid, email text, account_name text, locale text, time_zone text,
               client text, expires_at timestamptz, membership_id uuid, role text, member_name text,
               dealer_id bigint, dealer_ids bigint[], oem_id int, oem_slug text, oem_name text, oem_name_en text,
               oem_locale text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
#variable_conflict use_column
DECLARE
    present constant timestamptz := coalesce(as_of, now());
    session sessions%ROWTYPE;
BEGIN
    SELECT * INTO session FROM sessions WHERE token_hash = wanted;
    IF NOT FOUND OR present >= session.expires_at
        OR present >= session.last_seen_at + make_interval(secs => session.idle_seconds)
    THEN
        RETURN;
    END IF;
    IF present >= session.last_seen_at + interval '1 minute' THEN
        UPDATE sessions SET last_seen_at = present WHERE id = session.id;
    END IF;
    RETURN QUERY
    SELECT session.id, a.id, a.email, a.name, a.locale, a.time_zone, session.client, session.expires_at, m.id,
           coalesce(m.role, 'platform_operator'), coalesce(m.name, a.name), coalesce(m.dealer_id, 0),
           CASE
               WHEN m.role = 'regional_manager' THEN ARRAY(
                   SELECT reached.id
                   FROM dealers reached
                   JOIN regions r ON r.oem_id = reached.oem_id AND r.id = reached.region_id
                   WHERE reached.oem_id = m.oem_id AND reached.active
                     AND (r.id = ANY (m.region_ids) OR r.parent_id = ANY (m.region_ids))
                   ORDER BY reached.id)
               WHEN m.dealer_id > 0 THEN ARRAY[m.dealer_id]
               ELSE '{}'::bigint[]
           END,
           o.id, o.slug, o.name, o.name_en, o.locale
    FROM accounts a
    LEFT JOIN memberships m ON m.oem_id = session.oem_id AND m.id = session.membership_id
        AND m.account_id = a.id AND m.active
    LEFT JOIN oems o ON o.id = m.oem_id AND o.active
    LEFT JOIN dealers d ON d.oem_id = m.oem_id AND d.id = m.dealer_id AND d.active
    WHERE a.id = session.account_id AND a.active
      AND CASE WHEN session.membership_id IS NULL THEN a.platform_operator
               ELSE o.id IS NOT NULL AND (m.dealer_id = 0 OR d.id IS NOT NULL) END;
END $$;

-- The same session under a new token, in another place; its end stays. False: no such session.
CREATE FUNCTION app.auth_rotate_session(wanted bytea, new_hash bytea, new_oem_id int, new_membership_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    UPDATE sessions SET token_hash = new_hash, oem_id = new_oem_id, membership_id = new_membership_id
    WHERE token_hash = wanted;
    RETURN FOUND;
END $$;

CREATE FUNCTION app.auth_close_session(wanted bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    DELETE FROM sessions WHERE token_hash = wanted
$$;

CREATE FUNCTION app.auth_sessions(wanted_account uuid, as_of timestamptz)
RETURNS TABLE (id uuid, client text, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT id, client, created_at, last_seen_at, expires_at FROM sessions
    WHERE account_id = wanted_account AND expires_at > as_of
      AND last_seen_at + make_interval(secs => idle_seconds) > as_of
    ORDER BY last_seen_at DESC, id
$$;

-- One session of an account, or all of them (`wanted_session` NULL); how many were open.
CREATE FUNCTION app.auth_close_sessions(wanted_account uuid, wanted_session uuid)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    closed int;
BEGIN
    DELETE FROM sessions
    WHERE account_id = wanted_account AND (wanted_session IS NULL OR id = wanted_session);
    GET DIAGNOSTICS closed = ROW_COUNT;
    RETURN closed;
END $$;

CREATE FUNCTION app.auth_find_key(wanted bytea, as_of timestamptz)
RETURNS TABLE (id uuid, name text, dealer_id bigint, oem_id int, oem_slug text, oem_name text, oem_name_en text,
               locale text, time_zone text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
#variable_conflict use_column
DECLARE
    present constant timestamptz := coalesce(as_of, now());
    key api_keys%ROWTYPE;
BEGIN
    SELECT * INTO key FROM api_keys WHERE key_hash = wanted AND revoked_at IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF key.last_used_at IS NULL OR present >= key.last_used_at + interval '1 minute' THEN
        UPDATE api_keys SET last_used_at = present WHERE oem_id = key.oem_id AND id = key.id;
    END IF;
    RETURN QUERY
    SELECT key.id, key.name, key.dealer_id, o.id, o.slug, o.name, o.name_en, o.locale, o.time_zone
    FROM oems o
    LEFT JOIN dealers d ON d.oem_id = o.id AND d.id = key.dealer_id AND d.active
    WHERE o.id = key.oem_id AND o.active AND (key.dealer_id = 0 OR d.id IS NOT NULL);
END $$;

-- The functions act as t_identity and answer t_auth alone.
GRANT CREATE ON SCHEMA app TO t_identity;
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'app'::regnamespace AND proname LIKE 'auth\_%'
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO t_auth', found);
        EXECUTE format('ALTER FUNCTION %s OWNER TO t_identity', found);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA app FROM t_identity;

-- Readiness compares what ran with what the program knows.
GRANT SELECT ON migration TO t_auth, t_system;
