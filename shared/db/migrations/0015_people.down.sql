DROP FUNCTION app.auth_use_reset;
DROP FUNCTION app.auth_find_reset;
DROP FUNCTION app.auth_start_reset;
DROP FUNCTION app.auth_contact;
DROP FUNCTION app.auth_set_contact;
DROP FUNCTION app.auth_set_profile;
DROP FUNCTION app.auth_find_invitation;
CREATE FUNCTION app.auth_set_preferences(wanted_account uuid, new_locale text, new_time_zone text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    UPDATE accounts SET locale = new_locale, time_zone = new_time_zone WHERE id = wanted_account
$$;
REVOKE ALL ON FUNCTION app.auth_set_preferences FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.auth_set_preferences TO t_auth;
GRANT CREATE ON SCHEMA app TO t_identity;
ALTER FUNCTION app.auth_set_preferences OWNER TO t_identity;
REVOKE CREATE ON SCHEMA app FROM t_identity;

ALTER TABLE app.messages DROP COLUMN link_is_secret;
ALTER TABLE app.policies NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.policies WHERE name = 'consent';
ALTER TABLE app.policies FORCE ROW LEVEL SECURITY;
ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check
    CHECK (name IN ('classification', 'channels', 'clocks', 'calendar', 'authority'));
DROP TABLE app.oem_logos;
ALTER TABLE app.oems
    DROP COLUMN number_prefix,
    DROP COLUMN sender_name,
    DROP COLUMN sms_signature,
    DROP COLUMN public_url,
    DROP COLUMN logo_sha256,
    DROP COLUMN version;
DROP TABLE app.password_resets;
DROP TABLE app.absences;
DROP TABLE app.staff_invitations;
REVOKE INSERT, UPDATE ON app.memberships FROM t_dealer;
ALTER TABLE app.memberships DROP COLUMN time_zone, DROP COLUMN muted, DROP COLUMN version;
