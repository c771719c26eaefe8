-- Somebody above has looked at how a call was made: a score, and whether words or measures were improper (R5.2). The
-- last check of a try counts: the next one may be another person's.
CREATE TABLE app.call_checks (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    call_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    score smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
    improper boolean NOT NULL,
    note text NOT NULL,
    checked_at timestamptz NOT NULL,
    checked_by text NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, call_id) REFERENCES app.follow_up_calls (oem_id, id),
    FOREIGN KEY (oem_id, attempt_id) REFERENCES app.call_attempts (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
SELECT app.protect('call_checks', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
-- A case that goes to another dealer takes them along: nothing else of a check can be changed.
GRANT UPDATE (dealer_id) ON app.call_checks TO t_oem;
CREATE INDEX checks_of_attempt ON app.call_checks (oem_id, attempt_id, checked_at);
-- The calls of a day and of a week.
CREATE INDEX attempts_of_day ON app.call_attempts (oem_id, at);
