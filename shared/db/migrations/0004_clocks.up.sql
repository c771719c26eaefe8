-- Clocks, escalations, events and messages: the truth the workers act on.

-- One promise on one case in one cycle. `schedule[step]` is when the next of `steps` falls due, computed when the
-- clock was planned, so that no working time enters SQL; `next_at` is that instant, NULL when nothing is to come.
CREATE TABLE app.clocks (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    metric text NOT NULL CHECK (metric IN ('register', 'first_contact', 'first_response', 'resolve')),
    cycle int NOT NULL CHECK (cycle > 0),
    state text NOT NULL CHECK (state IN ('running', 'paused', 'met', 'breached', 'cancelled')),
    policy_version int NOT NULL,
    calendar_version int NOT NULL,
    -- Computed with weekly hours alone, because the calendar does not know the year yet.
    provisional boolean NOT NULL DEFAULT false,
    -- Urgency was raised after the new due time had passed: due was set to now plus a grace.
    rebased boolean NOT NULL DEFAULT false,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    steps text[] NOT NULL,
    schedule timestamptz[] NOT NULL,
    step smallint NOT NULL DEFAULT 1 CHECK (step > 0),
    next_at timestamptz,
    met_at timestamptz,
    breached_at timestamptz,
    acknowledged_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, metric, cycle),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    CHECK (cardinality(steps) = cardinality(schedule)),
    CHECK (state <> 'met' OR met_at IS NOT NULL),
    CHECK (state <> 'breached' OR breached_at IS NOT NULL),
    CHECK (next_at IS NULL OR state IN ('running', 'breached', 'paused'))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
-- The sweep first finds the OEMs that have due clocks, then claims per OEM.
CREATE INDEX clocks_due ON app.clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX clocks_due_of_oem ON app.clocks (oem_id, next_at) WHERE next_at IS NOT NULL;
SELECT app.protect('clocks', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_system": "SU"}');

-- One firing of one step of one clock, or a manual escalation: who was told, when, and who took it.
CREATE TABLE app.escalations (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    clock_id uuid,
    metric text NOT NULL CHECK (metric IN ('register', 'first_contact', 'first_response', 'resolve', 'manual')),
    cycle int NOT NULL,
    step text NOT NULL,
    due_at timestamptz NOT NULL,
    fired_at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    -- Filled by the handler that resolves the people.
    recipient_ids uuid[] NOT NULL DEFAULT '{}',
    recipient_names text[] NOT NULL DEFAULT '{}',
    told_at timestamptz,
    -- Why nobody was told: the clock was met in between, or the warning was stale after an outage.
    suppressed text CHECK (suppressed IN ('met_before_told', 'stale', 'historical')),
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    acknowledged_name text,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, case_id, metric, cycle, step),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX escalations_waiting ON app.escalations (oem_id, fired_at DESC) WHERE acknowledged_at IS NULL;
SELECT app.protect('escalations', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_system": "SI"}');

-- What happened inside, for the packages above to react to; handlers are idempotent.
CREATE TABLE app.events (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0,
    case_id uuid,
    kind text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    lease_token uuid,
    last_error text,
    done_at timestamptz,
    PRIMARY KEY (oem_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX events_ready ON app.events (oem_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX events_dead ON app.events (oem_id) WHERE state = 'dead';
-- An event is marked done in its OEM's scope, in the transaction of its effects.
SELECT app.protect('events', 'dealer',
    '{"t_dealer": "I", "t_region": "I", "t_oem": "SIU", "t_system": "SIU"}');

-- What is sent to the world. `next_attempt_at` is also the lease: pushed forward when claimed.
CREATE TABLE app.messages (
    oem_id int NOT NULL REFERENCES app.oems (id),
    id uuid NOT NULL,
    dealer_id bigint NOT NULL DEFAULT 0,
    case_id uuid,
    template text NOT NULL,
    template_version int NOT NULL DEFAULT 1,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    delivery text NOT NULL CHECK (delivery IN ('at_least_once', 'at_most_once')),
    recipient_kind text NOT NULL CHECK (recipient_kind IN ('staff', 'customer')),
    recipient_id uuid NOT NULL,
    recipient_name text NOT NULL,
    address text NOT NULL,
    locale text NOT NULL CHECK (locale IN ('zh-CN', 'en')),
    subject text NOT NULL DEFAULT '',
    body text NOT NULL,
    link text NOT NULL DEFAULT '',
    dedupe_key text NOT NULL,
    -- Constant over all tries: the provider recognises a repetition by it.
    idem_token uuid NOT NULL,
    priority smallint NOT NULL DEFAULT 5,
    -- 'historical': recorded as sent in its day, never handed to a channel.
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'unknown', 'dead', 'expired', 'historical')),
    attempts smallint NOT NULL DEFAULT 0,
    max_attempts smallint NOT NULL DEFAULT 12,
    next_attempt_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    lease_token uuid,
    provider_ref text,
    last_error text,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, dedupe_key),
    CHECK (state <> 'sent' OR sent_at IS NOT NULL)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX messages_ready ON app.messages (oem_id, priority, next_attempt_at) WHERE state = 'queued';
CREATE INDEX messages_given_up ON app.messages (oem_id, created_at DESC)
    WHERE state IN ('dead', 'unknown', 'expired');
CREATE INDEX messages_newest ON app.messages (oem_id, created_at DESC, id DESC);
CREATE INDEX messages_of_case ON app.messages (oem_id, case_id, created_at);
SELECT app.protect('messages', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_system": "SU"}');
