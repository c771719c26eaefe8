"""What the API has accepted is there and goes on as it was told: read from the database."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from tests.chaos.callers import Complaint

# Each rule as the rows that break it: of the OEM $1, whose complaints $2 were accepted.
_THERE = {
    "every accepted complaint is there, once, with its clocks": """
        SELECT wanted.id FROM unnest($2::uuid[]) AS wanted (id)
        WHERE NOT EXISTS (SELECT FROM cases c WHERE c.oem_id = $1 AND c.id = wanted.id)
           OR (SELECT count(DISTINCT k.metric) FROM clocks k
               WHERE k.oem_id = $1 AND k.case_id = wanted.id) < 4
    """,
    "no complaint is there that nobody was told to be accepted": """
        SELECT c.id FROM cases c WHERE c.oem_id = $1 AND NOT c.id = ANY ($2::uuid[])
    """,
    "the audit log holds every change of a case": """
        SELECT c.id, c.version FROM cases c
        WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[]) AND c.version <> (
            SELECT count(*) FROM audit_entries a
            WHERE a.oem_id = c.oem_id AND a.entity = 'case' AND a.entity_id = c.id::text)
    """,
}
# Complaints $2 whose promises the API has said, at $3, to be kept.
_KEPT = {
    "all that was promised is kept": """
        SELECT kept.id, k.metric, k.state FROM unnest($2::uuid[], $3::timestamptz[]) AS kept (id, at)
        JOIN clocks k ON k.oem_id = $1 AND k.case_id = kept.id
        WHERE k.metric IN ('register', 'first_contact', 'first_response', 'resolve') AND k.state <> 'met'
    """,
    "nothing fires after it was kept": """
        SELECT e.case_id, e.metric, e.step, e.fired_at - kept.at AS after
        FROM unnest($2::uuid[], $3::timestamptz[]) AS kept (id, at)
        JOIN escalations e ON e.oem_id = $1 AND e.case_id = kept.id
        WHERE e.fired_at > kept.at
    """,
    "nobody is warned or called after it was kept, nor by a digest": """
        SELECT m.id, m.template, m.channel FROM unnest($2::uuid[], $3::timestamptz[]) AS kept (id, at)
        JOIN messages m ON m.oem_id = $1 AND m.case_id = kept.id
        WHERE (m.template IN ('warning', 'breach', 'escalation') AND m.created_at > kept.at)
           OR (m.template IN ('warning', 'escalation') AND m.state = 'digested' AND EXISTS (
                SELECT FROM messages d WHERE d.oem_id = $1 AND d.digest_id = m.digest_id
                  AND d.template = 'digest' AND d.created_at > kept.at))
    """,
}
_LOG = """
SELECT entity_id::uuid AS id, array_agg(action ORDER BY at, id) AS actions FROM audit_entries
WHERE oem_id = $1 AND entity = 'case' GROUP BY entity_id
"""
_OWN_FIRINGS = "SELECT count(*) FROM escalations WHERE oem_id = $1"


async def broken_promises(pool: asyncpg.Pool, oem_id: int, accepted: Mapping[UUID, Complaint]) -> list[str]:
    """What the API has accepted and does not keep."""
    kept = {case_id: each.kept_at for case_id, each in accepted.items() if each.kept_at is not None}
    found: list[str] = []
    for rules, complaints in ((_THERE, [list(accepted)]), (_KEPT, [list(kept), list(kept.values())])):
        for rule, query in rules.items():
            rows = await pool.fetch(query, oem_id, *complaints)
            if rows:
                found.append(f"{rule}: {len(rows)} break it, such as {[dict(row) for row in rows[:3]]}")
    log = {row["id"]: row["actions"] for row in await pool.fetch(_LOG, oem_id)}
    found += [
        f"the audit log of {case_id} says {log.get(case_id)}, done was {each.done}"
        for case_id, each in accepted.items()
        if log.get(case_id) != each.done
    ]
    return found


async def figures_of_accepted(
    pool: asyncpg.Pool, oem_id: int, accepted: Mapping[UUID, Complaint]
) -> dict[str, int]:
    """How much there was to keep."""
    return {
        "accepted": len(accepted),
        "kept": sum(each.kept_at is not None for each in accepted.values()),
        "fired_of_accepted": await pool.fetchval(_OWN_FIRINGS, oem_id),
    }
