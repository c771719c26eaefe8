"""The OEM's own questions and calls, as published (R5)."""

import msgspec

from shared.db.engine import Transaction
from shared.errors import Invalid
from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.policy import FollowUpPolicy, problems
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName


async def follow_up_policy(tx: Transaction, oem_id: int) -> tuple[int, FollowUpPolicy]:
    """The version in force and the policy; an OEM that has published none works by what is supplied."""
    return await policies.decoded_or(tx, oem_id, PolicyName.FOLLOW_UP, _decode, default_follow_up)


async def publish(
    tx: Transaction, actor: Actor, policy: FollowUpPolicy, *, version: int | None = None
) -> int:
    """Let it apply from now on; its version. Surveys that were sent keep their questions.

    Raises `Forbidden`, `Invalid` with all that is wrong, and `Conflict` (`stale_version`) when another
    version than `version`, where given, is in force.
    """
    actor.require(Permission.TENANT_MANAGE)
    found = problems(policy)
    if found:
        raise Invalid("invalid_input", fields=found)
    if version is not None:
        await policies.hold_at(tx, actor.oem_id, PolicyName.FOLLOW_UP, version)
    return await policies.publish(tx, actor, PolicyName.FOLLOW_UP, msgspec.json.encode(policy))


def _decode(body: bytes) -> FollowUpPolicy:
    return msgspec.json.decode(body, type=FollowUpPolicy)
