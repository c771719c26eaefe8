DROP FUNCTION app.take_receipt;
DROP POLICY t_receipts ON app.messages;
REVOKE ALL ON app.messages FROM t_receipts;
REVOKE USAGE ON SCHEMA app FROM t_receipts;
ALTER TABLE app.messages DROP COLUMN receipt, DROP COLUMN receipt_at;
