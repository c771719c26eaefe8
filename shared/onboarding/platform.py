"""What the platform operator does: open OEMs, ready to work, each with its administrator invited."""

from dataclasses import replace
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import Conflict, NotFound
from shared.notifications.links import Links
from shared.onboarding.invitations import NewInvitation, renew_invitation, write_invitation
from shared.onboarding.service import NewOem, check_oem, furnish, oem_row
from shared.permissions import Permission, Role
from shared.tenancy import Actor, Scope
from shared.tenants.oems import Oem, all_oems

_WAITING: Final = """
SELECT id FROM staff_invitations
WHERE oem_id = $1 AND role = 'administrator' AND accepted_at IS NULL AND revoked_at IS NULL
ORDER BY created_at LIMIT 1
"""


class OpenedOem(msgspec.Struct, frozen=True, kw_only=True):
    """What came into being; the first administrator answers the invitation."""

    oem_id: int
    slug: str
    invitation_id: UUID


async def oems(actor: Actor) -> list[Oem]:
    """Every OEM by slug; raises `Forbidden`."""
    actor.require(Permission.TENANT_CREATE)
    return await all_oems()


async def open_oem(actor: Actor, new: NewOem, links: Links) -> OpenedOem:
    """Create an OEM that can work at once, and ask its first administrator in by e-mail.

    Raises `Forbidden`, `Invalid`, and `Conflict` (`slug_taken`). One that an earlier try left half made is
    completed.
    """
    actor.require(Permission.TENANT_CREATE)
    check_oem(new)
    oem_id = await oem_row(new, None)
    inside = Actor.system(oem_id)
    async with transaction(Scope.oem(oem_id)) as tx:
        await furnish(tx, inside, new)
        wanted = NewInvitation(
            email=new.admin_email, name=new.admin_name, role=Role.ADMINISTRATOR, locale=new.locale
        )
        invitation = await write_invitation(tx, inside, wanted, links)
        entry = AuditEntry(action="oem.open", entity="oem", entity_id=str(oem_id))
        await append(tx, replace(actor, scope=Scope.oem(oem_id)), await tx.now(), entry)
    return OpenedOem(oem_id=oem_id, slug=new.slug, invitation_id=invitation.id)


async def invite_again(actor: Actor, oem_id: int, links: Links) -> None:
    """Send the administrator a fresh link; raises `NotFound` and `Conflict` (`administrator_exists`)."""
    if not actor.may(Permission.TENANT_CREATE) or oem_id not in {each.id for each in await all_oems()}:
        raise NotFound("not_found")
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        waiting = await tx.value(_WAITING, oem_id)
    if waiting is None:
        raise Conflict("administrator_exists")
    await renew_invitation(Actor.system(oem_id), waiting, links)
