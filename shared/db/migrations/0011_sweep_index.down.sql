DROP INDEX app.clocks_due;
CREATE INDEX clocks_due ON app.clocks (next_at) WHERE next_at IS NOT NULL;
