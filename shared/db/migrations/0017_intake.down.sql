CREATE OR REPLACE FUNCTION app.portal_case()
RETURNS TABLE (number text, state text, title text, words text, kind text, received_at timestamptz, registered_at timestamptz,
               contacted_at timestamptz, result_told_at timestamptz, closed_at timestamptz, result text,
               plan text, planned_at timestamptz, promised_at timestamptz, plan_in_force boolean, agreed_at timestamptz,
               alternative text, cost_minor bigint, currency text, payer text,
               window_from timestamptz, window_until timestamptz,
               owner_name text, customer_name text, customer_locale text, dealer_id bigint, dealer_name text,
               dealer_name_en text, dealer_phone text, dealer_is_desk boolean, oem_slug text, oem_name text,
               oem_name_en text, oem_phone text, time_zone text, version int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT c.number, c.state, c.title, c.words, c.kind, c.received_at, c.registered_at, c.contacted_at, c.result_told_at,
           c.closed_at, CASE WHEN c.result_told_at IS NULL THEN '' ELSE c.result END,
           coalesce(told.text, ''), told.at, (told.data ->> 'promised_at')::timestamptz,
           coalesce(last.created_at = told.at, false), plan.agreed_at,
           coalesce(plan.alternative, ''), plan.cost_minor, plan.currency, plan.payer,
           plan.window_from, plan.window_until,
           c.owner_name, p.name, p.locale, d.id, d.name, d.name_en, d.phone, d.is_desk, o.slug, o.name, o.name_en,
           o.complaint_line, o.time_zone, c.version
    FROM cases c
    JOIN oems o ON o.id = c.oem_id
    JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
    JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
    LEFT JOIN LATERAL (
        SELECT t.at, t.text, t.data FROM timeline_entries t
        WHERE t.oem_id = c.oem_id AND t.case_id = c.id AND t.kind = 'tell_plan' AND NOT t.internal
        ORDER BY t.at DESC, t.id DESC LIMIT 1
    ) AS told ON true
    LEFT JOIN LATERAL (
        SELECT p.* FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.created_at = told.at
        ORDER BY p.id DESC LIMIT 1
    ) AS plan ON true
    LEFT JOIN LATERAL (
        SELECT p.created_at FROM case_plans p
        WHERE p.oem_id = c.oem_id AND p.case_id = c.id AND p.cycle = c.cycle
        ORDER BY p.created_at DESC, p.id DESC LIMIT 1
    ) AS last ON true
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
$$;
DROP INDEX app.cases_merged_here;
ALTER TABLE app.cases
    DROP CONSTRAINT cases_merged,
    DROP CONSTRAINT cases_merged_into,
    DROP COLUMN merged_clocks,
    DROP COLUMN merged_from,
    DROP COLUMN merged_into,
    DROP COLUMN background,
    DROP COLUMN conditions;
