ALTER TABLE app.clocks DROP COLUMN policy_dealer_id;
