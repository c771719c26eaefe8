-- Lists of cases by what is due, candidates for major complaints, search by the beginning of a number or plate.

-- The rules found a sign of a major complaint (R2.6); a person decides whether it is one.
ALTER TABLE app.cases ADD COLUMN major_candidate boolean NOT NULL DEFAULT false;

-- Two dealers may be sent the same number by two systems of their own.
ALTER TABLE app.cases DROP CONSTRAINT cases_oem_id_source_external_ref_key;
ALTER TABLE app.cases ADD UNIQUE (oem_id, dealer_id, source, external_ref);

-- Compared by code point, so that the beginning of a number is a range of the index whatever the database's collation.
ALTER TABLE app.cases ALTER COLUMN number TYPE text COLLATE "C";
ALTER TABLE app.vehicles ALTER COLUMN plate TYPE text COLLATE "C";
DROP INDEX app.vehicles_by_plate;
CREATE INDEX vehicles_by_plate ON app.vehicles (oem_id, plate) WHERE plate <> '';
CREATE INDEX cases_of_vehicle ON app.cases (oem_id, vehicle_id) WHERE vehicle_id IS NOT NULL;

-- One order for every list of open cases: what is due first, and last what has nothing due.
DROP INDEX app.cases_due, app.cases_of_dealer_due, app.cases_of_owner;
CREATE INDEX cases_open ON app.cases (oem_id, coalesce(due_at, 'infinity'), id) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_dealer ON app.cases (oem_id, dealer_id, coalesce(due_at, 'infinity'), id)
    WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_owner ON app.cases (oem_id, owner_id, coalesce(due_at, 'infinity'), id)
    WHERE closed_at IS NULL;

-- A promise is decided when it is met or breached, whichever comes first.
CREATE INDEX clocks_decided ON app.clocks (oem_id, coalesce(breached_at, met_at))
    WHERE coalesce(breached_at, met_at) IS NOT NULL;
