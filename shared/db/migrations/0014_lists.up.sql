-- Search in the words of cases. Tenant roles write the row of a case with the case; they search through the function
-- below only, because no operator that searches may use an index under a policy.

CREATE TABLE app.case_search (
    oem_id int NOT NULL,
    case_id uuid NOT NULL,
    dealer_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    -- Folded (`shared/cases/bigrams.py`), so that longer words are found letter by letter.
    text text NOT NULL,
    -- Number, plate, VIN and telephone number without separators.
    codes text[] NOT NULL,
    -- Every two characters that follow each other, and '*' with the last four of each code.
    grams text[] COLLATE "C" NOT NULL,
    -- No reference to the case: it is written by the statement that writes the case.
    PRIMARY KEY (oem_id, case_id)
);
-- The index knows whose a row is, so that what a word has in common with other tenants' cases is never read: with
-- several keys the rarest one leads. Blanks keep these marks apart from anything written.
CREATE INDEX case_search_grams ON app.case_search USING gin (
    (grams || ARRAY[' ' || oem_id::text, ' ' || oem_id::text || '.' || dealer_id::text])
);
SELECT app.protect('case_search', 'dealer',
    '{"t_dealer": "SIU", "t_region": "SIU", "t_oem": "SIU", "t_search": "S"}');

-- The cases of the caller's scope that hold every gram and every chunk, or whose code ends in one of `endings` (whose
-- last four are among `tails`), or whose number lies in the range; at most `most`, in no order. NULL leaves a
-- condition out.
CREATE FUNCTION app.search_cases(wanted text[], chunks text[], endings text[], tails text[], first_number text,
                                 past_numbers text, only_dealers bigint[], received_from timestamptz,
                                 received_until timestamptz, only_open boolean, most int)
RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = app, pg_temp AS $$
DECLARE
    own_oem constant int := current_setting('app.oem_id')::int;
    reached bigint[] := only_dealers;
    marks text[];
BEGIN
    CASE current_setting('role')
        WHEN 't_oem' THEN
            NULL;
        WHEN 't_dealer', 't_region' THEN
            reached := ARRAY(
                SELECT own FROM unnest(string_to_array(current_setting('app.dealers'), ',')::bigint[]) AS own
                WHERE only_dealers IS NULL OR own = ANY (only_dealers));
        ELSE
            RAISE insufficient_privilege USING MESSAGE = 'search needs a tenant''s scope';
    END CASE;
    -- Dealer by dealer is quicker for a few of them only.
    marks := CASE WHEN reached IS NULL OR cardinality(reached) > 8 THEN ARRAY[' ' || own_oem]
                  ELSE ARRAY(SELECT ' ' || own_oem || '.' || one FROM unnest(reached) AS one) END;
    RETURN QUERY
    SELECT found.case_id FROM (
        SELECT s.case_id, s.dealer_id, s.received_at
        FROM unnest(marks) AS mark CROSS JOIN LATERAL (
            SELECT * FROM case_search
            WHERE (grams || ARRAY[' ' || oem_id::text, ' ' || oem_id::text || '.' || dealer_id::text])
                  @> (wanted || mark)
        ) AS s
        WHERE s.oem_id = own_oem
          AND NOT EXISTS (SELECT FROM unnest(chunks) AS chunk WHERE strpos(s.text, chunk) = 0)
        UNION ALL
        SELECT s.case_id, s.dealer_id, s.received_at
        FROM unnest(marks) AS mark CROSS JOIN unnest(tails) AS tail CROSS JOIN LATERAL (
            SELECT * FROM case_search
            WHERE (grams || ARRAY[' ' || oem_id::text, ' ' || oem_id::text || '.' || dealer_id::text])
                  @> ARRAY[tail, mark]
        ) AS s
        WHERE s.oem_id = own_oem
          AND EXISTS (SELECT FROM unnest(s.codes) AS code, unnest(endings) AS ending
                      WHERE right(code, length(ending)) = ending)
        UNION ALL
        SELECT c.id, c.dealer_id, c.received_at FROM cases AS c
        WHERE c.oem_id = own_oem AND c.number >= first_number AND c.number < past_numbers
    ) AS found
    WHERE (reached IS NULL OR found.dealer_id = ANY (reached))
      AND (received_from IS NULL OR found.received_at >= received_from)
      AND (received_until IS NULL OR found.received_at < received_until)
      AND (NOT only_open OR EXISTS (
          SELECT FROM cases AS c
          WHERE c.oem_id = own_oem AND c.id = found.case_id AND c.closed_at IS NULL))
    LIMIT most;
END $$;
GRANT CREATE ON SCHEMA app TO t_search;
REVOKE ALL ON FUNCTION app.search_cases FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_cases TO t_dealer, t_region, t_oem;
ALTER FUNCTION app.search_cases OWNER TO t_search;
REVOKE CREATE ON SCHEMA app FROM t_search;

-- The cases there are already.
ALTER TABLE app.cases NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.customers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.vehicles NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.case_search NO FORCE ROW LEVEL SECURITY;
INSERT INTO app.case_search (oem_id, case_id, dealer_id, received_at, text, codes, grams)
SELECT c.oem_id, c.id, c.dealer_id, c.received_at, folded.text, coded.codes,
       ARRAY(
           SELECT substr(chunk, place, 2)
           FROM regexp_split_to_table(folded.text, '\s+') AS chunk, generate_series(1, length(chunk) - 1) AS place
           UNION SELECT '*' || right(code, 4) FROM unnest(coded.codes) AS code WHERE length(code) >= 4)
FROM app.cases AS c
JOIN app.customers AS p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN app.vehicles AS v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
CROSS JOIN LATERAL (
    SELECT lower(normalize(concat_ws(
        E'\n', c.title, c.words, c.description, c.fault_label, c.demand, c.plan, c.result, c.root_cause,
        c.preventive_measure, p.name, v.plate, v.brand, v.series, v.model), NFKC)) AS text
) AS folded
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT code FROM unnest(ARRAY[c.number, upper(regexp_replace(c.external_ref, '[^[:alnum:]]', '', 'g')),
                                      ltrim(p.phone, '+'), v.plate, v.vin]) AS code
        WHERE code <> '') AS codes
) AS coded;
ALTER TABLE app.cases FORCE ROW LEVEL SECURITY;
ALTER TABLE app.customers FORCE ROW LEVEL SECURITY;
ALTER TABLE app.vehicles FORCE ROW LEVEL SECURITY;
ALTER TABLE app.case_search FORCE ROW LEVEL SECURITY;

-- Words that people put on a case to find it again.
CREATE TABLE app.case_tags (
    oem_id int NOT NULL,
    case_id uuid NOT NULL,
    tag text NOT NULL CHECK (tag <> '' AND length(tag) <= 30),
    dealer_id bigint NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    PRIMARY KEY (oem_id, case_id, tag),
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id)
);
CREATE INDEX case_tags_by_tag ON app.case_tags (oem_id, tag, dealer_id);
SELECT app.protect('case_tags', 'dealer', '{"t_dealer": "SID", "t_region": "SID", "t_oem": "SIUD"}');

-- Lists and counts are filtered in the index alone: it holds every column a filter compares. (A plain index scan would
-- read each case that does not match.)
DROP INDEX app.cases_newest, app.cases_of_dealer_newest, app.cases_open, app.cases_open_of_dealer;
CREATE INDEX cases_newest ON app.cases (oem_id, received_at DESC, id DESC)
    INCLUDE (dealer_id, owner_id, state, category, kind, urgency, nature, department, channel, major, major_candidate,
             due_or_never, closed_at);
CREATE INDEX cases_of_dealer_newest ON app.cases (oem_id, dealer_id, received_at DESC, id DESC)
    INCLUDE (owner_id, state, category, kind, urgency, nature, department, channel, major, major_candidate,
             due_or_never, closed_at);
CREATE INDEX cases_open ON app.cases (oem_id, due_or_never, id)
    INCLUDE (dealer_id, owner_id, state, category, kind, urgency, nature, department, channel, major, major_candidate,
             received_at) WHERE closed_at IS NULL;
CREATE INDEX cases_open_of_dealer ON app.cases (oem_id, dealer_id, due_or_never, id)
    INCLUDE (owner_id, state, category, kind, urgency, nature, department, channel, major, major_candidate,
             received_at) WHERE closed_at IS NULL;

-- Led by the dealer, so that a region's policy is a condition of the index: as a filter it is computed row by row.
DROP INDEX app.clocks_decided;
CREATE INDEX clocks_decided ON app.clocks (oem_id, dealer_id, decided_at) INCLUDE (breached_at)
    WHERE decided_at IS NOT NULL;

-- A list that somebody has given a name. dealer_id 0: at the OEM; shared with the dealer, or with all at the OEM.
CREATE TABLE app.saved_views (
    oem_id int NOT NULL,
    id uuid NOT NULL,
    dealer_id bigint NOT NULL CHECK (dealer_id >= 0),
    membership_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> '' AND length(name) <= 40),
    shared boolean NOT NULL,
    filter jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (oem_id, id),
    UNIQUE (oem_id, membership_id, name),
    FOREIGN KEY (oem_id, membership_id) REFERENCES app.memberships (oem_id, id)
);
CREATE INDEX saved_views_of_place ON app.saved_views (oem_id, dealer_id, created_at);
-- Regional managers are people of the OEM: their views are kept in its scope.
SELECT app.protect('saved_views', 'dealer', '{"t_dealer": "SID", "t_oem": "SID"}');
