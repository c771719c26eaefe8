ALTER TABLE app.clocks DROP COLUMN calendar_dealer_id;
