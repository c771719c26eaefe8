-- Not only cases are made once under an Idempotency-Key.
ALTER TABLE app.idempotency_keys RENAME COLUMN case_id TO made_id;
