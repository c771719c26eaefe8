DROP INDEX app.clocks_decided, app.cases_open_of_owner, app.cases_open_of_dealer, app.cases_open;
ALTER TABLE app.clocks DROP COLUMN decided_at;
ALTER TABLE app.cases DROP COLUMN due_or_never;
CREATE INDEX cases_open ON app.cases (oem_id, coalesce(due_at, 'infinity'), id) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_dealer ON app.cases (oem_id, dealer_id, coalesce(due_at, 'infinity'), id)
    WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_owner ON app.cases (oem_id, owner_id, coalesce(due_at, 'infinity'), id)
    WHERE closed_at IS NULL;
CREATE INDEX clocks_decided ON app.clocks (oem_id, coalesce(breached_at, met_at))
    WHERE coalesce(breached_at, met_at) IS NOT NULL;
