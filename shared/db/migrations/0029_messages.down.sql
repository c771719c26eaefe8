ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY;
UPDATE app.messages SET state = CASE state WHEN 'held' THEN 'queued' ELSE 'expired' END
WHERE state IN ('held', 'digested');
ALTER TABLE app.messages FORCE ROW LEVEL SECURITY;
DROP INDEX app.messages_held, app.messages_held_by_recipient, app.messages_of_digest, app.messages_of_number;
ALTER TABLE app.messages
    DROP CONSTRAINT messages_held_check, DROP CONSTRAINT messages_digested_check,
    DROP COLUMN held_for, DROP COLUMN held_until, DROP COLUMN digest_id, DROP COLUMN provider_template,
    DROP CONSTRAINT messages_state_check,
    ADD CONSTRAINT messages_state_check
        CHECK (state IN ('queued', 'sent', 'unknown', 'dead', 'expired', 'historical'));
ALTER TABLE app.policies NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.policies WHERE name IN ('messages', 'texts');
ALTER TABLE app.policies FORCE ROW LEVEL SECURITY;
CREATE OR REPLACE FUNCTION pg_temp.narrow(table_name text, constraint_name text, less text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
    each text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    FOREACH each IN ARRAY less LOOP
        present := replace(present, format(', %L::text', each), '');
    END LOOP;
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name, present);
END $$;
SELECT pg_temp.narrow('policies', 'policies_name_check', ARRAY['messages', 'texts']);
