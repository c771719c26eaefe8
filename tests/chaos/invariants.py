"""What has to be true when the dust has settled, read from the database and from what the gateway got."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from infra.dev.postoffice.store import Store

# A try that ends at the expiry may come in a little later.
ANSWER_DELAY = timedelta(seconds=1)

UNFINISHED = """
SELECT (SELECT count(*) FROM clocks WHERE next_at < now() + interval '5 minutes') AS clocks,
       (SELECT count(*) FROM events WHERE state = 'pending') AS events,
       (SELECT count(*) FROM messages WHERE state IN ('queued', 'held')) AS messages
"""

# Each rule as the rows that break it.
BROKEN = {
    "every due step of every clock has fired exactly once": """
        SELECT c.id, c.metric, s.step FROM clocks c
        CROSS JOIN LATERAL unnest(c.steps, c.schedule) AS s(step, due_at)
        WHERE s.due_at <= now() AND
              (SELECT count(*) FROM escalations e WHERE e.oem_id = c.oem_id AND e.clock_id = c.id
               AND e.step = s.step) <> (CASE WHEN c.met_at IS NULL OR s.due_at <= c.met_at THEN 1 ELSE 0 END)
    """,
    "a late promise says when it was broken": """
        SELECT id FROM clocks
        WHERE due_at <= now() AND (met_at IS NULL OR met_at >= due_at) AND breached_at IS DISTINCT FROM due_at
    """,
    "every firing left exactly one event": """
        SELECT e.id FROM escalations e
        WHERE (SELECT count(*) FROM events v WHERE v.oem_id = e.oem_id
               AND v.payload ->> 'escalation_id' = e.id::text) <> 1
    """,
    "every event is done": "SELECT id, kind, last_error FROM events WHERE state <> 'done'",
    "every firing was told or says why not": """
        SELECT id, step FROM escalations WHERE (told_at IS NULL) = (suppressed IS NULL)
    """,
    "every recipient of a firing has one message per channel, of what was kept late an e-mail": """
        SELECT e.id, e.step FROM escalations e
        WHERE (SELECT count(*) FROM messages m WHERE m.oem_id = e.oem_id AND m.case_id = e.case_id
               AND m.recipient_kind = 'staff'
               AND m.dedupe_key LIKE 'esc:' || e.case_id || ':' || e.metric || ':' || e.cycle || ':' || e.step
                                     || ':%')
              <> cardinality(e.recipient_ids) * (CASE WHEN e.step LIKE 'warn%' OR EXISTS (
                  SELECT FROM messages m WHERE m.oem_id = e.oem_id AND m.case_id = e.case_id
                      AND m.template = 'kept_late'
                      AND m.dedupe_key LIKE 'esc:' || e.case_id || ':' || e.metric || ':' || e.cycle || ':'
                                            || e.step || ':%') THEN 1 ELSE 2 END)
    """,
    "every customer was told once per channel, every owner once": """
        SELECT c.id FROM cases c
        WHERE EXISTS (SELECT 1 FROM events v WHERE v.oem_id = c.oem_id AND v.case_id = c.id
                      AND v.kind = 'case.registered')
          AND ((SELECT count(*) FROM messages m WHERE m.oem_id = c.oem_id AND m.case_id = c.id
                AND m.template = 'acknowledgement') <> 2
            OR (SELECT count(*) FROM messages m WHERE m.oem_id = c.oem_id AND m.case_id = c.id
                AND m.template = 'assignment') <> 1)
    """,
    "every required message was sent or gathered, a warning may have expired": """
        SELECT id, template, state, last_error FROM messages
        WHERE state NOT IN ('sent', 'digested')
          AND NOT (delivery = 'at_most_once' AND state = 'unknown')
          AND NOT (template = 'warning' AND state = 'expired')
          AND NOT (state = 'expired' AND last_error = 'overtaken')
    """,
    "what was overtaken while it was held had been kept, and a breach stays told by e-mail": """
        SELECT m.id, m.template, m.channel FROM messages m
        WHERE m.state = 'expired' AND m.last_error = 'overtaken'
          AND ((m.template = 'breach' AND m.channel = 'email') OR NOT EXISTS (
              SELECT FROM clocks c WHERE c.oem_id = m.oem_id AND c.case_id = m.case_id AND c.state = 'met'
                  AND starts_with(m.dedupe_key, 'esc:' || c.case_id || ':' || c.metric || ':')))
    """,
    "what was gathered is told by one digest to the same person, which was sent": """
        SELECT m.id, m.digest_id FROM messages m
        WHERE m.state = 'digested'
          AND (SELECT count(*) FROM messages d
               WHERE d.oem_id = m.oem_id AND d.digest_id = m.digest_id AND d.template = 'digest'
                 AND d.recipient_id = m.recipient_id AND d.channel = m.channel AND d.address = m.address
                 AND d.state = 'sent') <> 1
    """,
    "a digest gathers several": """
        SELECT d.id FROM messages d
        WHERE d.template = 'digest'
          AND (SELECT count(*) FROM messages m
               WHERE m.oem_id = d.oem_id AND m.digest_id = d.digest_id AND m.state = 'digested') < 2
    """,
    "a message is of the OEM of its case": """
        SELECT m.id FROM messages m
        WHERE m.case_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM cases c WHERE c.oem_id = m.oem_id AND c.id = m.case_id)
    """,
    "no staff of another OEM or dealer was told, nor at another's address": """
        SELECT m.id, m.template, m.channel FROM messages m
        WHERE m.recipient_kind = 'staff'
          AND NOT EXISTS (SELECT FROM memberships p WHERE p.oem_id = m.oem_id AND p.id = m.recipient_id
                          AND (p.dealer_id IN (0, m.dealer_id) OR m.dealer_id = 0)
                          AND m.address = (CASE m.channel WHEN 'sms' THEN p.phone ELSE p.email END))
    """,
    "no customer but the case's own was told, nor at another's address": """
        SELECT m.id, m.template, m.channel FROM messages m
        WHERE m.recipient_kind = 'customer'
          AND NOT EXISTS (SELECT FROM cases c
                          JOIN customers u ON u.oem_id = c.oem_id AND u.id = c.customer_id
                          WHERE c.oem_id = m.oem_id AND c.id = m.case_id AND u.id = m.recipient_id
                          AND m.address = (CASE m.channel WHEN 'sms' THEN u.phone ELSE u.email END))
    """,
    # What the API has kept: see `accepted`.
    "no customer whom a message has reached is said not to be reached": """
        SELECT t.id, t.data FROM timeline_entries t
        WHERE t.kind = 'customer_not_reached' AND EXISTS (
            SELECT FROM messages m WHERE m.oem_id = t.oem_id AND m.case_id = t.case_id AND m.state = 'sent'
                AND t.data -> 'messages' ? m.id::text)
    """,
    "nobody is told of a promise after it was kept": """
        SELECT m.id FROM messages m JOIN clocks c ON c.oem_id = m.oem_id AND c.case_id = m.case_id
        WHERE m.template IN ('warning', 'breach', 'escalation') AND m.created_at > c.met_at
          AND NOT EXISTS (SELECT FROM audit_entries a WHERE a.oem_id = m.oem_id
                          AND a.entity = 'case' AND a.entity_id = m.case_id::text)
    """,
}


async def lag_with_postgres(pool: asyncpg.Pool, away: Sequence[tuple[datetime, datetime]]) -> float:
    """How late was noticed what fell due while PostgreSQL could be had: 99th percentile, in seconds."""
    rows = await pool.fetch("SELECT due_at, fired_at FROM escalations WHERE clock_id IS NOT NULL")
    lags = sorted(
        (row["fired_at"] - row["due_at"]).total_seconds()
        for row in rows
        if not any(row["due_at"] <= until and row["fired_at"] >= since for since, until in away)
    )
    return lags[int(0.99 * len(lags))] if lags else 0.0


async def unfinished(pool: asyncpg.Pool) -> dict[str, int]:
    """What is still to be done, by kind; empty when nothing is."""
    row = await pool.fetchrow(UNFINISHED)
    return {name: count for name, count in row.items() if count}


async def broken(pool: asyncpg.Pool, store: Store) -> list[str]:
    """The rules that do not hold, each with some of the rows that break it."""
    found: list[str] = []
    for rule, query in BROKEN.items():
        rows = await pool.fetch(query)
        if rows:
            found.append(f"{rule}: {len(rows)} break it, such as {[dict(row) for row in rows[:3]]}")
    return found + await _broken_at_the_gateway(pool, store)


async def _broken_at_the_gateway(pool: asyncpg.Pool, store: Store) -> list[str]:
    found: list[str] = []
    messages = {str(row["idem_token"]): row for row in await pool.fetch("SELECT * FROM messages")}
    arrived: set[str] = set()
    for received in store.newest(limit=1_000_000):
        token = (received.token or "").strip("<>").partition("@")[0]
        message = messages.get(token)
        if message is None:
            found.append(f"{received.channel} {token} belongs to no message")
            continue
        arrived.add(token)
        if received.recipient != message["address"]:
            found.append(f"{received.channel} {token} went to a stranger")
        if received.received_at > message["expires_at"] + ANSWER_DELAY:
            found.append(
                f"{message['template']} {token} arrived {received.received_at - message['expires_at']} late"
            )

    def is_ours(row: asyncpg.Record) -> bool:
        return row["state"] == "sent" and row["channel"] in {"sms", "email"}

    lost = [row["id"] for token, row in messages.items() if is_ours(row) and token not in arrived]
    if lost:
        found.append(f"{len(lost)} messages count as sent and never arrived, such as {lost[:3]}")
    return found


async def figures(pool: asyncpg.Pool, store: Store) -> dict[str, str | int | float]:
    """What the run did, for people to read."""
    row = await pool.fetchrow("""
        SELECT (SELECT count(*) FROM cases) AS cases,
               (SELECT count(*) FROM escalations) AS firings,
               (SELECT count(*) FROM escalations WHERE suppressed IS NOT NULL) AS suppressed,
               (SELECT count(*) FROM messages) AS messages,
               (SELECT count(*) FROM messages WHERE state = 'expired') AS expired,
               (SELECT count(*) FROM messages WHERE state = 'digested') AS gathered,
               (SELECT count(*) FROM messages WHERE template = 'digest') AS digests,
               (SELECT count(*) FROM messages WHERE channel = 'chat') AS chat,
               (SELECT count(*) FROM messages WHERE channel = 'webhook') AS webhooks,
               (SELECT coalesce(max(attempts), 0) FROM messages) AS most_tries,
               (SELECT coalesce(max(attempts), 0) FROM events) AS most_event_tries,
               extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY fired_at - due_at))::float8
                   AS lag_p50_s,
               extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY fired_at - due_at))::float8
                   AS lag_p99_s
        FROM escalations
    """)
    repeated = sum(one.times - 1 for one in store.newest(limit=1_000_000))
    return {**dict(row), "arrived": store.count(), "sms_repeated": repeated}
