-- Who saw what: reveals of masked data, and an audit log that is read, and says where from (R9.2, R9.3).

-- A person sees the personal data of one case until `expires_at`. The row has the id of its audit entry.
CREATE TABLE app.reveals (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    case_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    reason text NOT NULL CHECK (reason IN (
        'call_customer', 'verify_identity', 'prepare_visit', 'authority_request', 'quality_check', 'other')),
    words text NOT NULL CHECK (words <> '' AND length(words) <= 200),
    revealed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id),
    FOREIGN KEY (oem_id, membership_id) REFERENCES app.memberships (oem_id, id),
    CHECK (revealed_at < expires_at)
);
CREATE INDEX reveals_of_case ON app.reveals (oem_id, case_id, membership_id, expires_at);
CREATE INDEX reveals_of_person ON app.reveals (oem_id, membership_id, revealed_at);
SELECT app.protect('reveals', 'dealer', '{"t_dealer": "SI", "t_region": "SI", "t_oem": "SI"}');
GRANT UPDATE (dealer_id) ON app.reveals TO t_oem;

-- What one person is told in the console. dealer_id is where the person belongs (0: at the OEM), not the case.
CREATE TABLE app.notifications (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL CHECK (dealer_id >= 0),
    membership_id uuid NOT NULL,
    template text NOT NULL CHECK (template <> ''),
    subject text NOT NULL,
    path text NOT NULL CHECK (path LIKE '/%'),
    dedupe_key text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, dedupe_key),
    FOREIGN KEY (oem_id, membership_id) REFERENCES app.memberships (oem_id, id)
);
CREATE INDEX notifications_of_person ON app.notifications (oem_id, membership_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON app.notifications (oem_id, membership_id) WHERE read_at IS NULL;
CREATE INDEX notifications_old ON app.notifications (oem_id, read_at) WHERE read_at IS NOT NULL;
-- Regional managers are people of the OEM: what they are told is kept in its scope.
SELECT app.protect('notifications', 'dealer', '{"t_dealer": "SU", "t_oem": "SIUD"}');

-- `network` is the caller's address without its last part, `agent` the kind of program; empty inside Huiyin. `reason`
-- is a code where one had to be given.
ALTER TABLE app.audit_entries
    ADD COLUMN network text NOT NULL DEFAULT '',
    ADD COLUMN agent text NOT NULL DEFAULT '',
    ADD COLUMN reason text NOT NULL DEFAULT '';
CREATE INDEX audit_of_actor ON app.audit_entries (oem_id, actor_id, at DESC, id DESC);
CREATE INDEX audit_of_dealer ON app.audit_entries (oem_id, dealer_id, at DESC, id DESC);
-- A station head reads the own dealer's entries.
GRANT SELECT ON app.audit_entries TO t_dealer;
SELECT app.protect('audit_entries', 'dealer', '{"t_identity": "I"}');

-- What happens to an account outside a session: an entry at every OEM where the person has a place. An address that
-- nobody has writes nothing, in the same time. The person stands in it only where it is certain who it was.
CREATE FUNCTION app.auth_note(wanted_email text, new_action text, by_person boolean, new_network text,
                              new_agent text, as_of timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS $$
    INSERT INTO audit_entries (oem_id, id, dealer_id, at, actor_kind, actor_id, actor_role, action, entity,
                               entity_id, fields, network, agent)
    SELECT DISTINCT ON (m.oem_id)
           m.oem_id, gen_random_uuid(), 0, coalesce(as_of, now()), CASE WHEN by_person THEN 'person' ELSE 'system' END,
           CASE WHEN by_person THEN m.id END, CASE WHEN by_person THEN m.role ELSE 'administrator' END,
           new_action, 'account', a.id::text, ARRAY['password'], new_network, new_agent
    FROM accounts a JOIN memberships m ON m.account_id = a.id AND m.active
    WHERE a.email = wanted_email AND a.active
    ORDER BY m.oem_id, m.created_at, m.id
$$;
GRANT CREATE ON SCHEMA app TO t_identity;
REVOKE ALL ON FUNCTION app.auth_note FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.auth_note TO t_auth;
ALTER FUNCTION app.auth_note OWNER TO t_identity;
REVOKE CREATE ON SCHEMA app FROM t_identity;
