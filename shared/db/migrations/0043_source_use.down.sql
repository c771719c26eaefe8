DROP FUNCTION app.auth_use_source(uuid, timestamptz);
CREATE FUNCTION app.auth_use_source(wanted uuid, as_of timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE inbound_sources SET last_used_at = coalesce(as_of, now())
    WHERE id = wanted
      AND (last_used_at IS NULL OR coalesce(as_of, now()) >= last_used_at + interval '1 minute')
$$;
REVOKE ALL ON FUNCTION app.auth_use_source(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.auth_use_source(uuid, timestamptz) TO t_auth;
GRANT CREATE ON SCHEMA app TO t_identity;
ALTER FUNCTION app.auth_use_source(uuid, timestamptz) OWNER TO t_identity;
REVOKE CREATE ON SCHEMA app FROM t_identity;
