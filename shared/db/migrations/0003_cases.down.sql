DROP TABLE app.audit_entries, app.idempotency_keys, app.timeline_entries, app.cases, app.case_counters,
    app.vehicles, app.customers;
