"""The published versions of an OEM's policy, as its administrator looks at them."""

from typing import TypeVar

import msgspec

from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName, StoredVersion

Policy = TypeVar("Policy", bound=msgspec.Struct)


async def published(actor: Actor, name: PolicyName) -> list[StoredVersion]:
    """Every version of the OEM's own, the newest first; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await policies.versions(tx, actor.oem_id, name)


async def policy_at(actor: Actor, name: PolicyName, shape: type[Policy], version: int) -> Policy:
    """What one version says; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        _, body = await policies.version_of(tx, actor.oem_id, name, version)
    return msgspec.json.decode(body, type=shape)
