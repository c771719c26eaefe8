DROP TABLE app.saved_views;
DROP INDEX app.clocks_decided;
CREATE INDEX clocks_decided ON app.clocks (oem_id, decided_at) INCLUDE (dealer_id, breached_at)
    WHERE decided_at IS NOT NULL;
DROP INDEX app.cases_newest, app.cases_of_dealer_newest, app.cases_open, app.cases_open_of_dealer;
CREATE INDEX cases_newest ON app.cases (oem_id, received_at DESC, id DESC);
CREATE INDEX cases_of_dealer_newest ON app.cases (oem_id, dealer_id, received_at DESC, id DESC);
CREATE INDEX cases_open ON app.cases (oem_id, due_or_never, id)
    INCLUDE (dealer_id, owner_id, major, major_candidate) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_dealer ON app.cases (oem_id, dealer_id, due_or_never, id)
    INCLUDE (owner_id, major, major_candidate) WHERE closed_at IS NULL;
DROP TABLE app.case_tags;
DROP FUNCTION app.search_cases;
DROP TABLE app.case_search;
