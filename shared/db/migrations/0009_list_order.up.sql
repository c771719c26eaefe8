-- Under a policy an index is used for plain columns only: PostgreSQL takes COALESCE for leaky (it is not among the
-- nodes that contain_leaked_vars() knows). What lists compare with is therefore a column of its own.

ALTER TABLE app.cases ADD COLUMN due_or_never timestamptz NOT NULL
    GENERATED ALWAYS AS (coalesce(due_at, 'infinity')) STORED;
-- The other columns are there so that tabs are counted and the overview is drawn from the index alone.
DROP INDEX app.cases_open, app.cases_open_of_dealer, app.cases_open_of_owner;
CREATE INDEX cases_open ON app.cases (oem_id, due_or_never, id)
    INCLUDE (dealer_id, owner_id, major, major_candidate) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_dealer ON app.cases (oem_id, dealer_id, due_or_never, id)
    INCLUDE (owner_id, major, major_candidate) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_owner ON app.cases (oem_id, owner_id, due_or_never, id)
    INCLUDE (dealer_id) WHERE closed_at IS NULL;

-- A promise is decided when it is met or breached, whichever comes first.
ALTER TABLE app.clocks ADD COLUMN decided_at timestamptz
    GENERATED ALWAYS AS (coalesce(breached_at, met_at)) STORED;
DROP INDEX app.clocks_decided;
CREATE INDEX clocks_decided ON app.clocks (oem_id, decided_at) INCLUDE (dealer_id, breached_at)
    WHERE decided_at IS NOT NULL;
