DROP INDEX app.report_runs_of_month, app.report_runs_newest;
CREATE INDEX report_runs_newest ON app.report_runs (oem_id, dealer_id, month DESC, created_at DESC);
ALTER TABLE app.report_runs DROP COLUMN error;
ALTER TABLE app.report_runs ADD COLUMN pages int, ADD COLUMN error text;
