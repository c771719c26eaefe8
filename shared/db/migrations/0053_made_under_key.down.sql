ALTER TABLE app.idempotency_keys RENAME COLUMN made_id TO case_id;
