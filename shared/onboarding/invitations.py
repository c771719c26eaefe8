"""Asking people in by e-mail: a link that works once, for a week, and is stored as a hash only."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts.directory import valid_email
from shared.accounts.own import LOCALES, name_problems
from shared.accounts.tokens import digest, new_invitation_token
from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, NotFound
from shared.ids import new_id
from shared.notifications.links import Links
from shared.notifications.recipients import Recipient
from shared.notifications.render import Bilingual
from shared.notifications.rules import Template
from shared.notifications.writing import Notice, tell
from shared.onboarding.staff import Post, check_place, staff_phone
from shared.outbox import keys
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.permissions import Permission, Role, may_give
from shared.tenancy import Actor
from shared.tenants.dealers import dealer
from shared.tenants.oems import Oem, oem
from shared.web.locale import DEFAULT_LOCALE, locale_of

INVITATION_LIFE: Final = timedelta(days=7)


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask in, as what and where; the language is the OEM's unless given."""

    email: str
    name: str
    role: Role
    dealer_id: int = 0
    region_ids: tuple[int, ...] = ()
    phone: str = ""
    locale: str | None = None

    @property
    def post(self) -> Post:
        """The place offered."""
        return Post(role=self.role, dealer_id=self.dealer_id, region_ids=self.region_ids)


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that has been neither accepted nor withdrawn; past `expires_at` its link is dead."""

    id: UUID
    email: str
    name: str
    role: Role
    dealer_id: int
    region_ids: list[int]
    phone: str
    locale: str
    created_at: datetime
    created_by: str
    expires_at: datetime


_COLUMNS = "id, email, name, role, dealer_id, region_ids, phone, locale, created_at, created_by, expires_at"
_WAITING = "accepted_at IS NULL AND revoked_at IS NULL"


async def invitations(actor: Actor) -> list[Invitation]:
    """The invitations within reach that still wait, newest first; raises `Forbidden`."""
    actor.require(Permission.STAFF_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        return await tx.rows(
            Invitation,
            f"SELECT {_COLUMNS} FROM staff_invitations"
            f" WHERE oem_id = $1 AND {_WAITING} ORDER BY created_at DESC, id LIMIT 1000",
            actor.oem_id,
        )


async def invite(
    actor: Actor, new: NewInvitation, links: Links, *, as_of: datetime | None = None
) -> Invitation:
    """Ask somebody in: the e-mail with the link goes out with this.

    Raises `Invalid`, `Forbidden` (`role_above_own`), and `Conflict`: `already_member`, `member_inactive`
    (to be taken back instead) or `already_invited`.
    """
    actor.require(Permission.STAFF_MANAGE)
    async with transaction(actor.scope, as_of=as_of) as tx:
        return await write_invitation(tx, actor, new, links)


_INSERT = f"""
INSERT INTO staff_invitations (oem_id, id, dealer_id, email, name, role, region_ids, phone, locale, time_zone,
                               token_hash, created_at, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
"""


async def write_invitation(tx: Transaction, actor: Actor, new: NewInvitation, links: Links) -> Invitation:
    """`invite` in the open transaction, which has to see the place."""
    email = valid_email(new.email)
    problems = name_problems(new.name)
    if new.locale is not None and new.locale not in LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    await check_place(tx, actor, new.post, problems)
    home = await oem(tx, actor.oem_id)
    phone = staff_phone(new.phone, home.country)
    await _refuse_member(tx, actor.oem_id, email, new.post)
    now = await tx.now()
    token = new_invitation_token()
    made = await tx.row(
        Invitation,
        _INSERT,
        actor.oem_id,
        new_id(now),
        new.dealer_id,
        email,
        new.name.strip(),
        new.role.value,
        sorted(set(new.region_ids)),
        phone,
        new.locale or home.locale,
        home.time_zone,
        digest(token),
        now,
        actor.name,
        now + INVITATION_LIFE,
    )
    if made is None:
        raise Conflict("already_invited")
    await _send(tx, actor, made, home, links.invitation(token))
    await append(tx, actor, now, _entry("invitation.create", made))
    return made


_RENEW = f"""
UPDATE staff_invitations SET token_hash = $3, expires_at = $4 WHERE oem_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""


async def renew_invitation(actor: Actor, invitation_id: UUID, links: Links) -> Invitation:
    """Send a fresh link; the one before stops working. Raises `NotFound`."""
    async with transaction(actor.scope) as tx:
        await _lock(tx, actor, invitation_id)
        now = await tx.now()
        token = new_invitation_token()
        made = await tx.row(
            Invitation, _RENEW, actor.oem_id, invitation_id, digest(token), now + INVITATION_LIFE
        )
        assert made is not None  # noqa: S101  # its row is locked
        await _send(tx, actor, made, await oem(tx, actor.oem_id), links.invitation(token))
        await append(tx, actor, now, _entry("invitation.renew", made))
        return made


async def revoke_invitation(actor: Actor, invitation_id: UUID) -> None:
    """Withdraw an invitation: its link stops working. Raises `NotFound`."""
    async with transaction(actor.scope) as tx:
        found = await _lock(tx, actor, invitation_id)
        now = await tx.now()
        await tx.execute(
            "UPDATE staff_invitations SET revoked_at = $3 WHERE oem_id = $1 AND id = $2",
            actor.oem_id,
            invitation_id,
            now,
        )
        await append(tx, actor, now, _entry("invitation.revoke", found))


async def _lock(tx: Transaction, actor: Actor, invitation_id: UUID) -> Invitation:
    # Whoever manages no staff learns nothing about invitations, not even that one is there.
    actor.hide_without(Permission.STAFF_MANAGE)
    found = await tx.row(
        Invitation,
        f"SELECT {_COLUMNS} FROM staff_invitations WHERE oem_id = $1 AND id = $2 AND {_WAITING} FOR UPDATE",
        actor.oem_id,
        invitation_id,
    )
    if found is None or not may_give(actor.role, found.role):
        raise NotFound("not_found")
    return found


_MEMBER = "SELECT active FROM memberships WHERE oem_id = $1 AND email = $2 AND role = $3 AND dealer_id = $4"


async def _refuse_member(tx: Transaction, oem_id: int, email: str, post: Post) -> None:
    active = await tx.value(_MEMBER, oem_id, email, post.role.value, post.dealer_id)
    if active is not None:
        raise Conflict("already_member" if active else "member_inactive")


async def _send(tx: Transaction, actor: Actor, to: Invitation, home: Oem, link: str) -> None:
    at = await dealer(tx, actor.oem_id, to.dealer_id) if to.dealer_id else None
    notice = Notice(
        template=Template.INVITATION,
        values={
            "name": to.name,
            "inviter": actor.name if actor.membership_id else home.name,
            "oem_name": Bilingual(home.name, home.name_en),
            "dealer_name": Bilingual(at.name, at.name_en) if at else None,
            "role": to.role.value,
            "expires_at": to.expires_at,
        },
        time_zone=home.time_zone,
        link=link,
        key=partial(keys.run, Template.INVITATION.value, new_id()),
        dealer_id=to.dealer_id,
    )
    recipient = Recipient(
        kind=RecipientKind.STAFF,
        id=to.id,
        name=to.name,
        locale=locale_of(to.locale) or DEFAULT_LOCALE,
        addresses={MessageChannel.EMAIL: to.email},
    )
    await tell(tx, actor.oem_id, notice, [recipient])


def _entry(action: str, invitation: Invitation) -> AuditEntry:
    return AuditEntry(
        action=action, entity="invitation", entity_id=invitation.id, dealer_id=invitation.dealer_id
    )
