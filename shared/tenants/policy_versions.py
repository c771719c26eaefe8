"""The published versions of an OEM's policy, as its administrator looks at them."""

from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName, StoredVersion


async def published(actor: Actor, name: PolicyName) -> list[StoredVersion]:
    """Every version of the OEM's own, the newest first; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await policies.versions(tx, actor.oem_id, name)


async def body_at(actor: Actor, name: PolicyName, version: int) -> bytes:
    """The JSON of one version; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        _, body = await policies.version_of(tx, actor.oem_id, name, version)
    return body
