DROP FUNCTION app.auth_use_source;
DROP FUNCTION app.auth_find_source;
DROP TABLE app.import_mappings;
DROP TABLE app.file_jobs;
DROP TABLE app.case_calls;
DROP TABLE app.inbound_sources;
