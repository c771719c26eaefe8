DROP FUNCTION app.auth_note;
DROP POLICY t_identity ON app.audit_entries;
REVOKE INSERT ON app.audit_entries FROM t_identity;
REVOKE SELECT ON app.audit_entries FROM t_dealer;
DROP INDEX app.audit_of_actor, app.audit_of_dealer;
ALTER TABLE app.audit_entries DROP COLUMN network, DROP COLUMN agent, DROP COLUMN reason;
DROP TABLE app.notifications;
DROP TABLE app.reveals;
