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
        wait_ms := greatest(wait_ms, stored - now_ms - (tries[place] - 1)::bigint * every_ms[place]);
    END LOOP;
    IF wait_ms > 0 THEN
        RETURN ceil(wait_ms / 1000.0)::int;
    END IF;
    FOR place IN 1 .. cardinality(buckets) LOOP
        UPDATE sign_in_attempts SET full_at_ms = full_at_ms + every_ms[place] WHERE bucket = buckets[place];
    END LOOP;
    DELETE FROM sign_in_attempts WHERE bucket IN (
        SELECT bucket FROM sign_in_attempts WHERE full_at_ms < now_ms LIMIT 10 FOR UPDATE SKIP LOCKED);
    RETURN 0;
END $$;
