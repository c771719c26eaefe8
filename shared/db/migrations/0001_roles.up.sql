-- Roles, the schema and the one helper that protects a table.
-- Roles belong to the whole server: several databases of one server share them, so they are made once and kept.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['t_dealer', 't_region', 't_oem', 't_portal', 't_auth', 't_platform',
                                     't_system', 't_search', 't_identity']
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

-- The login roles of the processes may become a tenant role for one transaction and are nothing by themselves.
DO $$
DECLARE
    app_login text := current_setting('huiyin.app_login');
    worker_login text := current_setting('huiyin.worker_login');
    grants text;
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        grants := 'GRANT %s TO %I WITH INHERIT FALSE, SET TRUE';
    ELSE
        EXECUTE format('ALTER ROLE %I NOINHERIT', app_login);
        EXECUTE format('ALTER ROLE %I NOINHERIT', worker_login);
        grants := 'GRANT %s TO %I';
    END IF;
    EXECUTE format(grants, 't_dealer, t_region, t_oem, t_portal, t_auth, t_platform', app_login);
    EXECUTE format(grants, 't_dealer, t_region, t_oem, t_system', worker_login);
    -- Definer functions are handed to the two roles that own them.
    EXECUTE format('GRANT t_search, t_identity TO %I', current_user);
END $$;

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app
    TO t_dealer, t_region, t_oem, t_portal, t_auth, t_platform, t_system, t_search, t_identity;

-- What a role sees of a table of the given kind, as a policy expression.
-- Settings are read bare: a missing scope is an error, and a distributed table accepts the expression.
CREATE FUNCTION app.scope_expression(role_name text, kind text, dealer_column text, case_column text)
RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    own_oem constant text := 'oem_id = current_setting(''app.oem_id'')::int';
BEGIN
    IF role_name IN ('t_system', 't_search', 't_identity', 't_platform') OR kind = 'identity' THEN
        RETURN 'true';
    END IF;
    IF kind = 'oems' THEN
        RETURN 'id = current_setting(''app.oem_id'')::int';
    END IF;
    IF role_name = 't_portal' THEN
        RETURN own_oem || format(' AND %I = current_setting(''app.case_id'')::uuid', case_column);
    END IF;
    IF kind = 'oem' OR role_name = 't_oem' THEN
        RETURN own_oem;
    END IF;
    IF role_name = 't_dealer' THEN
        RETURN own_oem || format(' AND %I = current_setting(''app.dealers'')::bigint', dealer_column);
    END IF;
    IF role_name = 't_region' THEN
        RETURN own_oem || format(
            ' AND %I = ANY (string_to_array(current_setting(''app.dealers''), '','')::bigint[])', dealer_column);
    END IF;
    RAISE EXCEPTION 'no expression for role % on a table of kind %', role_name, kind;
END $$;

-- Row level security, one policy per role, and the rights that role has.
-- kind: 'dealer' (rows belong to a dealer), 'oem' (rows shared by a whole OEM), 'oems' (the table of OEMs),
-- 'identity' (people across tenants: definer functions only).
-- rights: role -> letters of S(elect) I(nsert) U(pdate) D(elete).
CREATE FUNCTION app.protect(table_name text, kind text, rights jsonb,
                            dealer_column text DEFAULT 'dealer_id', case_column text DEFAULT 'case_id')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    role_name text;
    letters text;
    letter text;
    verbs text;
    expression text;
BEGIN
    EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', table_name);
    FOR role_name, letters IN SELECT * FROM jsonb_each_text(rights)
    LOOP
        expression := app.scope_expression(role_name, kind, dealer_column, case_column);
        EXECUTE format('CREATE POLICY %I ON app.%I TO %I USING (%s) WITH CHECK (%s)',
                       role_name, table_name, role_name, expression, expression);
        verbs := '';
        FOREACH letter IN ARRAY string_to_array(letters, NULL)
        LOOP
            verbs := verbs || CASE WHEN verbs = '' THEN '' ELSE ', ' END
                || CASE letter WHEN 'S' THEN 'SELECT' WHEN 'I' THEN 'INSERT'
                               WHEN 'U' THEN 'UPDATE' WHEN 'D' THEN 'DELETE' END;
        END LOOP;
        EXECUTE format('GRANT %s ON app.%I TO %I', verbs, table_name, role_name);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION app.scope_expression(text, text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION app.protect(text, text, jsonb, text, text) FROM PUBLIC;
