-- A person's own choice of language and time zone, made in the console.
CREATE FUNCTION app.auth_set_preferences(wanted_account uuid, new_locale text, new_time_zone text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE accounts SET locale = new_locale, time_zone = new_time_zone WHERE id = wanted_account
$$;
REVOKE ALL ON FUNCTION app.auth_set_preferences FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.auth_set_preferences TO t_auth;
GRANT CREATE ON SCHEMA app TO t_identity;
ALTER FUNCTION app.auth_set_preferences OWNER TO t_identity;
REVOKE CREATE ON SCHEMA app FROM t_identity;
