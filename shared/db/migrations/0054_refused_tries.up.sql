-- Take one try from every bucket, or none and tell the seconds to wait. Rows are locked in the order given: callers
-- name the wider bucket first. The first without a try ends the search, and a refusal leaves no row that was not
-- there: whoever goes on trying would fill the table otherwise. Old rows are cleaned away at every try.
CREATE OR REPLACE FUNCTION app.auth_take_attempt(buckets bytea[], tries int[], every_ms int[], as_of timestamptz)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
    now_ms constant bigint := floor(extract(epoch FROM coalesce(as_of, clock_timestamp())) * 1000);
    stored bigint;
    wait_ms bigint := 0;
BEGIN
    FOR place IN 1 .. cardinality(buckets) LOOP
        INSERT INTO sign_in_attempts AS known (bucket, full_at_ms) VALUES (buckets[place], now_ms)
        ON CONFLICT (bucket) DO UPDATE SET full_at_ms = greatest(known.full_at_ms, now_ms)
        RETURNING full_at_ms INTO stored;
        wait_ms := stored - now_ms - (tries[place] - 1)::bigint * every_ms[place];
        EXIT WHEN wait_ms > 0;
    END LOOP;
    IF wait_ms > 0 THEN
        SELECT max(known.full_at_ms - now_ms - (asked.tries - 1)::bigint * asked.every_ms) INTO wait_ms
        FROM unnest(buckets, tries, every_ms) AS asked (bucket, tries, every_ms)
        JOIN sign_in_attempts AS known ON known.bucket = asked.bucket;
        DELETE FROM sign_in_attempts WHERE bucket IN (
            SELECT bucket FROM sign_in_attempts WHERE bucket = ANY (buckets) AND full_at_ms <= now_ms
            FOR UPDATE SKIP LOCKED);
    ELSE
        FOR place IN 1 .. cardinality(buckets) LOOP
            UPDATE sign_in_attempts SET full_at_ms = full_at_ms + every_ms[place] WHERE bucket = buckets[place];
        END LOOP;
    END IF;
    DELETE FROM sign_in_attempts WHERE bucket IN (
        SELECT bucket FROM sign_in_attempts WHERE full_at_ms < now_ms LIMIT 10 FOR UPDATE SKIP LOCKED);
    RETURN greatest(0, ceil(wait_ms / 1000.0))::int;
END $$;
