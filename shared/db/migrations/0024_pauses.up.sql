-- Pauses of a case's promises in its present cycle: begin and end of each, in pairs (see shared/sla/pause.py).
ALTER TABLE app.cases ADD COLUMN pauses timestamptz[] NOT NULL DEFAULT '{}' CHECK (cardinality(pauses) % 2 = 0);
