-- The index over all OEMs answers one question: who has anything due. Its predicate holds a condition that the claim of
-- one OEM does not state, so that the planner cannot take it there, where it reads the due clocks of every OEM.
DROP INDEX app.clocks_due;
CREATE INDEX clocks_due ON app.clocks (next_at) WHERE next_at IS NOT NULL AND step > 0;
