"""Running promises that the policy in force for their dealer has not made (R4.1).

They are *behind* until a migration has looked at them. What it could not count anew is *kept*: it follows no
policy, so that another migration to the same one would change nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.promises import Terms
from shared.db.engine import Transaction
from shared.tenants import policies
from shared.tenants.policies import PolicyName

MOST_NAMED: Final = 50


class KeptWhy(StrEnum):
    """Why a promise cannot be counted anew by a policy."""

    MERGED = "merged"
    """It was promised to somebody whose case is handled in this one."""
    CALL_FOR_HELP = "call_for_help"
    """It climbs from where somebody called for help."""
    GRACE = "grace"
    """It runs by the grace of an earlier change."""
    EARLIER_ROUND = "earlier_round"
    """It belongs to a round of the case that is over."""
    BY_HAND = "by_hand"
    """A person gave its day, or no policy and calendar known give it."""


class KeptPromise(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that was left as it was."""

    case_id: UUID
    number: str
    metric: str
    due_at: datetime
    why: KeptWhy


class Behind(msgspec.Struct, frozen=True):
    """How many running promises are behind, and how many a migration to what is in force has kept."""

    behind: int
    kept: int


# Both a dealer and the OEM count from 1: where it is known whose version it was, that has to be right, too.
_RUNNING: Final = """
FROM clocks k
LEFT JOIN unnest($2::bigint[], $3::int[]) AS own (dealer_id, version) ON own.dealer_id = k.dealer_id
JOIN unnest($2::bigint[], $3::int[]) AS common (dealer_id, version) ON common.dealer_id = 0
CROSS JOIN LATERAL (SELECT coalesce(own.version, common.version) AS version,
                           coalesce(own.dealer_id, 0) AS whose) AS f
"""
_DIFFERS: Final = """
WHERE k.oem_id = $1 AND k.state = 'running'
  AND (k.policy_version <> f.version OR k.policy_dealer_id <> f.whose)
"""
_IS_KEPT: Final = "(k.kept_from_version, k.kept_from_dealer_id) IS NOT DISTINCT FROM (f.version, f.whose)"
_COUNT: Final = f"""
SELECT count(*) FILTER (WHERE NOT {_IS_KEPT}) AS behind, count(*) FILTER (WHERE {_IS_KEPT}) AS kept
{_RUNNING} {_DIFFERS}
"""
_NAMED: Final = f"""
SELECT k.case_id, c.number, k.metric, k.due_at,
       CASE WHEN EXISTS (
                SELECT FROM cases m, jsonb_array_elements(m.merged_clocks->'other') AS adopted
                WHERE m.oem_id = k.oem_id AND m.merged_into = k.case_id AND adopted->>0 = k.id::text
            ) THEN 'merged'
            WHEN k.metric = 'help' THEN 'call_for_help'
            WHEN k.rebased THEN 'grace'
            WHEN k.cycle <> c.cycle THEN 'earlier_round'
            ELSE 'by_hand' END AS why
{_RUNNING} JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id
{_DIFFERS} AND {_IS_KEPT}
ORDER BY k.due_at, k.id LIMIT $4
"""
_KEEP: Final = """
UPDATE clocks k SET kept_from_version = f.version, kept_from_dealer_id = f.whose
FROM unnest($3::bigint[], $4::int[], $5::bigint[]) AS f (dealer_id, version, whose)
WHERE k.oem_id = $1 AND k.case_id = ANY ($2::uuid[]) AND k.state = 'running' AND f.dealer_id = k.dealer_id
  AND (k.policy_version <> f.version OR k.policy_dealer_id <> f.whose)
"""


async def counted(tx: Transaction, oem_id: int) -> Behind:
    """How many running promises another policy has made than is in force for their dealer."""
    return (await tx.rows(Behind, _COUNT, oem_id, *await _in_force(tx, oem_id)))[0]


async def kept(tx: Transaction, oem_id: int) -> list[KeptPromise]:
    """What migrations to what is in force have kept, `MOST_NAMED` at most, what is due first."""
    return await tx.rows(KeptPromise, _NAMED, oem_id, *await _in_force(tx, oem_id), MOST_NAMED)


async def keep_the_rest(
    tx: Transaction, oem_id: int, case_ids: Sequence[UUID], terms: Mapping[int, Terms]
) -> None:
    """What a migration of these cases has not brought to `terms`, by dealer, it keeps as it was."""
    rows = [(dealer_id, each.policy_version, each.policy_dealer_id) for dealer_id, each in terms.items()]
    if rows:
        await tx.execute(_KEEP, oem_id, case_ids, *map(list, zip(*rows, strict=True)))


async def _in_force(tx: Transaction, oem_id: int) -> tuple[list[int], list[int]]:
    found = await policies.versions_in_force(tx, oem_id, PolicyName.CLOCKS)
    return list(found), list(found.values())
