-- Every secret that was renewed less than a day ago stays good, however often it was renewed: `previous_salt` is the one
-- before the present one, these are the ones before that, each with the moment it ends.
ALTER TABLE app.webhook_endpoints
    ADD COLUMN earlier_salts bytea[] NOT NULL DEFAULT '{}',
    ADD COLUMN earlier_untils timestamptz[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT webhook_endpoints_earlier CHECK (cardinality(earlier_salts) = cardinality(earlier_untils));
ALTER TABLE app.inbound_sources
    ADD COLUMN earlier_salts bytea[] NOT NULL DEFAULT '{}',
    ADD COLUMN earlier_untils timestamptz[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT inbound_sources_earlier CHECK (cardinality(earlier_salts) = cardinality(earlier_untils));

DROP FUNCTION app.auth_find_source(uuid);
CREATE FUNCTION app.auth_find_source(wanted uuid)
RETURNS TABLE (id uuid, oem_id int, dealer_id bigint, code text, name text, channel text, answer_seconds int,
               salt bytea, previous_salt bytea, previous_until timestamptz, earlier_salts bytea[],
               earlier_untils timestamptz[], locale text, time_zone text, country text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT s.id, s.oem_id, s.dealer_id, s.code, s.name, s.channel, s.answer_seconds, s.salt, s.previous_salt,
           s.previous_until, s.earlier_salts, s.earlier_untils, o.locale, o.time_zone, o.country
    FROM inbound_sources s
    JOIN oems o ON o.id = s.oem_id AND o.active
    LEFT JOIN dealers d ON d.oem_id = s.oem_id AND d.id = s.dealer_id AND d.active
    WHERE s.id = wanted AND s.revoked_at IS NULL AND (s.dealer_id = 0 OR d.id IS NOT NULL)
$$;
REVOKE ALL ON FUNCTION app.auth_find_source(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.auth_find_source(uuid) TO t_auth;
GRANT CREATE ON SCHEMA app TO t_identity;
ALTER FUNCTION app.auth_find_source(uuid) OWNER TO t_identity;
REVOKE CREATE ON SCHEMA app FROM t_identity;
