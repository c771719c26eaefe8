"""Accepting an invitation: the link proves the e-mail address, a password the person who has an account."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts import service
from shared.accounts.directory import NewAccount, known_or_new_account
from shared.accounts.own import LOCALES, name_problems, proven_account
from shared.accounts.passwords import UNUSABLE, check_strength, hash_password
from shared.accounts.repository import Account, set_password
from shared.accounts.service import SessionTerms, SignedIn
from shared.accounts.tokens import digest
from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid, NotFound
from shared.onboarding.staff import Member, insert_member
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a link sees. With `has_account` the person signs in with the password known here."""

    oem_id: int
    id: UUID
    dealer_id: int
    email: str
    name: str
    role: Role
    region_ids: tuple[int, ...]
    phone: str
    locale: str
    time_zone: str
    expires_at: datetime
    oem_name: str
    oem_name_en: str
    dealer_name: str
    dealer_name_en: str
    has_account: bool


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the person says; name and language count only where there is no account yet."""

    password: str = field(repr=False)
    name: str = ""
    locale: str = "zh-CN"


async def open_invitation(token: str, *, as_of: datetime | None = None) -> OpenInvitation:
    """The invitation of a link; raises `NotFound` (`invitation_over`) for one that cannot be accepted."""
    async with transaction(Scope.auth(), read_only=True) as tx:
        found = await tx.row(
            OpenInvitation, "SELECT * FROM auth_find_invitation($1, $2)", digest(token), as_of
        )
    if found is None:
        raise NotFound("invitation_over")
    return found


_TAKE = """
UPDATE staff_invitations SET accepted_at = $3, membership_id = $4
WHERE oem_id = $1 AND id = $2 AND token_hash = $5
  AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3
"""


async def accept_invitation(
    token: str, accepted: Acceptance, client: str, *, terms: SessionTerms
) -> SignedIn:
    """Take the place offered and sign in there; `client` is the network address.

    Raises `NotFound` (`invitation_over`), `Invalid` for a weak password or a missing name, `Unauthenticated`
    (`wrong_credentials`) and `TooManyRequests` for somebody who has an account, `Conflict`
    (`already_member`).
    """
    invitation = await open_invitation(token)
    if invitation.has_account:
        account = await proven_account(invitation.email, accepted.password, client)
    else:
        account = await _new_account(invitation, accepted)
    async with transaction(Scope.oem(invitation.oem_id)) as tx:
        now = await tx.now()
        actor = Actor(
            kind=ActorKind.PERSON,
            role=invitation.role,
            scope=Scope.oem(invitation.oem_id),
            name=account.name,
            account_id=account.id,
        )
        member = Member(
            account_id=account.id,
            email=account.email,
            name=account.name,
            locale=account.locale,
            time_zone=account.time_zone,
            role=invitation.role,
            dealer_id=invitation.dealer_id,
            region_ids=invitation.region_ids,
            phone=invitation.phone,
        )
        membership_id = await insert_member(tx, actor, member)
        taken = await tx.execute(_TAKE, invitation.oem_id, invitation.id, now, membership_id, digest(token))
        if not taken:
            raise NotFound("invitation_over")
        entry = AuditEntry(
            action="invitation.accept",
            entity="invitation",
            entity_id=invitation.id,
            dealer_id=invitation.dealer_id,
        )
        await append(tx, actor, now, entry)
    signed_in = await service.sign_in(account.email, accepted.password, client, terms=terms)
    return await service.switch_membership(signed_in.token, membership_id)


async def _new_account(invitation: OpenInvitation, accepted: Acceptance) -> Account:
    problems = name_problems(accepted.name)
    if accepted.locale not in LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    check_strength(accepted.password)
    account = await known_or_new_account(
        NewAccount(
            email=invitation.email,
            name=accepted.name.strip(),
            password=accepted.password,
            locale=accepted.locale,
            time_zone=invitation.time_zone,
        )
    )
    if account.password_hash == UNUSABLE:
        # Brought in without a password: the link proves the address, so it is the person's to set.
        hashed = await hash_password(accepted.password)
        async with transaction(Scope.auth()) as tx:
            await set_password(tx, account.id, hashed)
    return account
