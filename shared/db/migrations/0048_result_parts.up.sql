-- What the customer is told at the end, in its parts: what was found, the solution (`result`), further advice (R3.7).
ALTER TABLE app.cases ADD COLUMN found text NOT NULL DEFAULT '', ADD COLUMN advice text NOT NULL DEFAULT '';

DROP FUNCTION app.portal_case();
CREATE FUNCTION app.portal_case()
RETURNS TABLE (number text, state text, title text, words text, kind text, received_at timestamptz, registered_at timestamptz,
               contacted_at timestamptz, result_told_at timestamptz, closed_at timestamptz, result text,
               found text, advice text,
               plan text, planned_at timestamptz, promised_at timestamptz, plan_in_force boolean, agreed_at timestamptz,
               alternative text, cost_minor bigint, currency text, payer text,
               window_from timestamptz, window_until timestamptz,
               owner_name text, customer_name text, customer_locale text, dealer_id bigint, dealer_name text,
               dealer_name_en text, dealer_phone text, dealer_is_desk boolean, oem_slug text, oem_name text,
               oem_name_en text, oem_phone text, time_zone text, version int, merged boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT own.number,
           -- Who was told the result before the other customer withdrew has it.
           CASE WHEN own.id <> c.id AND c.state = 'withdrawn' THEN 'result_told' ELSE c.state END, own.title, own.words, own.kind, own.received_at, own.registered_at,
           coalesce(own.contacted_at, c.contacted_at), c.result_told_at,
           c.closed_at, CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.result END,
           CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.found END,
           CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.advice END,
           coalesce(told.text, ''), told.at, (told.data ->> 'promised_at')::timestamptz,
           coalesce(last.created_at = told.at, false) AND own.id = c.id, plan.agreed_at,
           coalesce(plan.alternative, ''), plan.cost_minor, plan.currency, plan.payer,
           plan.window_from, plan.window_until,
           c.owner_name, p.name, p.locale, d.id, d.name, d.name_en, d.phone, d.is_desk, o.slug, o.name, o.name_en,
           o.complaint_line, o.time_zone, own.version,
           own.id <> c.id
    FROM cases own
    JOIN cases c ON c.oem_id = own.oem_id AND c.id = coalesce(own.merged_into, own.id)
    JOIN oems o ON o.id = c.oem_id
    JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
    JOIN customers p ON p.oem_id = own.oem_id AND p.id = own.customer_id
    -- The plan in force when his complaint was merged: he was told it then, if the other customer had been.
    LEFT JOIN LATERAL (
        SELECT p.created_at FROM case_plans p
        WHERE own.id <> c.id AND p.oem_id = c.oem_id AND p.case_id = c.id AND p.created_at <= own.closed_at
          AND NOT EXISTS (SELECT FROM timeline_entries t
                          WHERE t.oem_id = c.oem_id AND t.case_id = c.id AND t.kind = 'reopen'
                            AND t.at >= p.created_at AND t.at <= own.closed_at)
        ORDER BY p.created_at DESC, p.id DESC LIMIT 1
    ) AS found ON true
    -- Whatever else was said before is the other customer's.
    LEFT JOIN LATERAL (
        SELECT t.at, t.text, t.data FROM timeline_entries t
        WHERE t.oem_id = c.oem_id AND t.case_id = c.id AND t.kind = 'tell_plan' AND NOT t.internal
          AND (own.id = c.id OR t.at >= own.closed_at OR t.at = found.created_at)
        ORDER BY t.at DESC, t.id DESC LIMIT 1
    ) AS told ON true
    -- What it costs and when somebody comes is between the dealer and the other customer.
    LEFT JOIN LATERAL (
        SELECT p.* FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.created_at = told.at AND own.id = c.id
        ORDER BY p.id DESC LIMIT 1
    ) AS plan ON true
    LEFT JOIN LATERAL (
        SELECT p.created_at FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.cycle = c.cycle
        ORDER BY p.created_at DESC, p.id DESC LIMIT 1
    ) AS last ON true
    WHERE own.oem_id = current_setting('app.oem_id')::int AND own.id = current_setting('app.case_id')::uuid
$$;
GRANT CREATE ON SCHEMA app TO t_tracking;
REVOKE ALL ON FUNCTION app.portal_case() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.portal_case() TO t_portal;
ALTER FUNCTION app.portal_case() OWNER TO t_tracking;
REVOKE CREATE ON SCHEMA app FROM t_tracking;
