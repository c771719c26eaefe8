-- Why a report could not be made: a code and its parameters, said by the doors in the reader's language.
ALTER TABLE app.report_runs DROP COLUMN error, DROP COLUMN pages;
ALTER TABLE app.report_runs ADD COLUMN error jsonb;

-- The list of a month, and of all months, newest first.
DROP INDEX app.report_runs_newest;
CREATE INDEX report_runs_newest ON app.report_runs (oem_id, created_at DESC, id DESC);
CREATE INDEX report_runs_of_month ON app.report_runs (oem_id, month, created_at DESC, id DESC);
