DROP FUNCTION app.auth_set_preferences;
