"""The assignment rules of an OEM: asked with every new case, changed by its administrator (R3.1)."""

import msgspec

from shared.cases.assignment import AssignmentPolicy, AssignmentRule, problems_of
from shared.db.engine import Transaction, transaction
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName


class AssignmentRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force; `version` is 0 while none were published."""

    version: int
    rules: list[AssignmentRule]


async def in_force(tx: Transaction, oem_id: int) -> tuple[int, AssignmentPolicy]:
    """The version and the rules; none where the OEM has published none."""
    return await policies.decoded_or(tx, oem_id, PolicyName.ASSIGNMENT, _decode, AssignmentPolicy)


async def assignment_rules(actor: Actor) -> AssignmentRules:
    """All rules in their order; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        version, policy = await in_force(tx, actor.oem_id)
    return AssignmentRules(version=version, rules=list(policy.rules))


async def publish(actor: Actor, policy: AssignmentPolicy, *, version: int) -> AssignmentRules:
    """Replace the rules; new cases follow them at once, others keep their owners.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`) when they
    have changed since `version`.
    """
    new = await policies.replace(actor, PolicyName.ASSIGNMENT, policy, problems_of(policy), version=version)
    return AssignmentRules(version=new, rules=list(policy.rules))


def _decode(body: bytes) -> AssignmentPolicy:
    return msgspec.json.decode(body, type=AssignmentPolicy)
