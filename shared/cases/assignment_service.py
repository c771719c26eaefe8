"""The assignment rules of an OEM: asked with every new case, changed by its administrator (R3.1)."""

from typing import Final

import msgspec

from shared.cases.assignment import AssignmentPolicy, AssignmentRule, problems_of
from shared.db.engine import Transaction, transaction
from shared.errors import Invalid, NotFound
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName

_NOTHING_PUBLISHED: Final = 0


class AssignmentRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force; `version` is 0 while none were published."""

    version: int
    rules: list[AssignmentRule]


async def in_force(tx: Transaction, oem_id: int) -> tuple[int, AssignmentPolicy]:
    """The version and the rules; none where the OEM has published none."""
    try:
        return await policies.decoded(tx, oem_id, PolicyName.ASSIGNMENT, _decode)
    except NotFound:
        return _NOTHING_PUBLISHED, AssignmentPolicy()


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
    actor.require(Permission.TENANT_MANAGE)
    problems = problems_of(policy)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold_at(tx, actor.oem_id, PolicyName.ASSIGNMENT, version)
        new = await policies.publish(tx, actor, PolicyName.ASSIGNMENT, msgspec.json.encode(policy))
    return AssignmentRules(version=new, rules=list(policy.rules))


def _decode(body: bytes) -> AssignmentPolicy:
    return msgspec.json.decode(body, type=AssignmentPolicy)
