"""The OEM's own questions and calls, as published (R5)."""

import msgspec

from shared.db.engine import Transaction, transaction
from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.policy import FollowUpPolicy, problems
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName


async def follow_up_policy(tx: Transaction, oem_id: int) -> tuple[int, FollowUpPolicy]:
    """The version in force and the policy; an OEM that has published none works by what is supplied."""
    return await policies.decoded_or(tx, oem_id, PolicyName.FOLLOW_UP, _decode, default_follow_up)


async def in_force(actor: Actor) -> tuple[int, FollowUpPolicy]:
    """As `follow_up_policy`, for the actor's OEM; raises `Forbidden`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await follow_up_policy(tx, actor.oem_id)


async def publish(actor: Actor, policy: FollowUpPolicy, *, version: int) -> int:
    """Let it apply from now on; its version. Surveys that were sent keep their questions.

    Raises `Forbidden`, `Invalid` with all that is wrong, and `Conflict` (`stale_version`) when another
    version than `version` is in force.
    """
    return await policies.replace(actor, PolicyName.FOLLOW_UP, policy, problems(policy), version=version)


def _decode(body: bytes) -> FollowUpPolicy:
    return msgspec.json.decode(body, type=FollowUpPolicy)
