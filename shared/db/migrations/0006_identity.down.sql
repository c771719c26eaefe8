REVOKE SELECT ON migration FROM t_auth, t_system;
DROP FUNCTION app.auth_take_attempt, app.auth_give_back, app.auth_find_account, app.auth_create_account,
    app.auth_set_password, app.auth_open_session, app.auth_find_session, app.auth_rotate_session,
    app.auth_close_session, app.auth_sessions, app.auth_close_sessions, app.auth_find_key, app.auth_memberships;
DROP TABLE app.sign_in_attempts, app.api_keys, app.sessions;
ALTER TABLE app.accounts DROP COLUMN platform_operator;
