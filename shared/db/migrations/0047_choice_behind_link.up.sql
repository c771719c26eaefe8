-- What was said on the page of one complaint, by whoever opened it, says nothing of the customer's other mail.
DROP FUNCTION app.portal_wants_messages();
CREATE FUNCTION app.portal_wants_messages()
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
    SELECT wants_messages(c.customer_id, NULL) FROM cases c
    WHERE c.oem_id = current_setting('app.oem_id')::int AND c.id = current_setting('app.case_id')::uuid
$$;
REVOKE ALL ON FUNCTION app.portal_wants_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.portal_wants_messages() TO t_portal;
GRANT CREATE ON SCHEMA app TO t_tracking;
ALTER FUNCTION app.portal_wants_messages() OWNER TO t_tracking;
REVOKE CREATE ON SCHEMA app FROM t_tracking;
