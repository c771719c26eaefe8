-- Messages that wait for a digest, the morning or a limit.

CREATE OR REPLACE FUNCTION pg_temp.widen(table_name text, constraint_name text, extra text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text;
    wider text;
BEGIN
    SELECT pg_get_constraintdef(c.oid) INTO STRICT present
    FROM pg_constraint c
    WHERE c.conrelid = format('app.%I', table_name)::regclass AND c.conname = constraint_name;
    SELECT string_agg(format(', %L::text', each), '') INTO wider FROM unnest(extra) AS each;
    EXECUTE format('ALTER TABLE app.%I DROP CONSTRAINT %I', table_name, constraint_name);
    EXECUTE format('ALTER TABLE app.%I ADD CONSTRAINT %I %s', table_name, constraint_name,
                   replace(present, '])', wider || '])'));
END $$;
SELECT pg_temp.widen('messages', 'messages_state_check', ARRAY['held', 'digested']);
SELECT pg_temp.widen('policies', 'policies_name_check', ARRAY['messages', 'texts']);

-- A digest and the messages that it stands for have one `digest_id`.
ALTER TABLE app.messages
    ADD COLUMN held_for text CHECK (held_for IN ('digest', 'quiet_hours', 'limit')),
    ADD COLUMN held_until timestamptz,
    ADD COLUMN digest_id uuid,
    -- What goes instead of the words to a provider that sends approved templates only.
    ADD COLUMN provider_template jsonb,
    ADD CONSTRAINT messages_held_check CHECK (state <> 'held' OR (held_for IS NOT NULL AND held_until IS NOT NULL)),
    ADD CONSTRAINT messages_digested_check CHECK (state <> 'digested' OR digest_id IS NOT NULL);
CREATE INDEX messages_held ON app.messages (oem_id, held_until) WHERE state = 'held';
CREATE INDEX messages_held_by_recipient ON app.messages (oem_id, recipient_id, channel) WHERE state = 'held';
CREATE INDEX messages_of_digest ON app.messages (oem_id, digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX messages_of_number ON app.messages (oem_id, address, created_at) WHERE channel = 'sms';
