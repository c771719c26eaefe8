"""A new password by e-mail: a link that works once, for an hour, whoever asked.

Asking is answered alike whether the address is known or not: the answer goes out before the address is looked
up, and the limits count unknown addresses as well. Platform operators belong to no OEM in whose name they
could be written to; their password is set at the command line.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from shared.accounts import repository
from shared.accounts.directory import find_account, is_email, normal_email
from shared.accounts.passwords import check_strength, hash_password
from shared.accounts.repository import Account
from shared.accounts.tokens import digest, new_reset_token
from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import NotFound, TooManyRequests
from shared.ids import new_id
from shared.notifications.links import Links
from shared.notifications.recipients import Recipient
from shared.notifications.rules import Template
from shared.notifications.writing import Notice, tell
from shared.outbox import keys
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.tenancy import Actor, Scope
from shared.web.locale import DEFAULT_LOCALE, locale_of

RESET_LIFE: Final = timedelta(hours=1)
_LOG = structlog.stdlib.get_logger(__name__)


async def check_reset_limit(email: str, client: str, *, as_of: datetime | None = None) -> None:
    """Count a wish for a new password; raises `TooManyRequests` (`too_many_attempts`)."""
    async with transaction(Scope.auth()) as tx:
        wait_s = await repository.take_reset_attempt(tx, normal_email(email), client, as_of)
    if wait_s:
        raise TooManyRequests("too_many_attempts", wait_s)


async def send_reset(email: str, links: Links) -> None:
    """Send the link, if the address belongs to somebody who has a place; says nothing either way."""
    email = normal_email(email)
    account = await find_account(email) if is_email(email) else None
    if account is None or not account.active:
        return
    async with transaction(Scope.auth()) as tx:
        places = await repository.memberships(tx, account.id)
        oem_id = next((place.oem_id for place in places if place.oem_id is not None), None)
        if oem_id is None:
            _LOG.info("reset_without_place")
            return
        token = new_reset_token()
        now = await tx.now()
        await repository.start_reset(tx, new_id(now), account.id, digest(token), now, now + RESET_LIFE)
    await _tell(oem_id, account, links.password_reset(token), now + RESET_LIFE)


async def reset_address(token: str, *, as_of: datetime | None = None) -> str:
    """The e-mail address a link is for; raises `NotFound` (`reset_over`)."""
    async with transaction(Scope.auth(), read_only=True) as tx:
        email = await repository.find_reset(tx, digest(token), as_of)
    if email is None:
        raise NotFound("reset_over")
    return email


async def use_reset(token: str, password: str, *, as_of: datetime | None = None) -> None:
    """Set the password and end all sessions of the person.

    Raises `Invalid` (`new_password`) for one too weak, and `NotFound` (`reset_over`).
    """
    check_strength(password, "new_password")
    email = await reset_address(token, as_of=as_of)
    hashed = await hash_password(password)
    async with transaction(Scope.auth()) as tx:
        account_id = await repository.use_reset(tx, digest(token), hashed, as_of)
        if account_id is None:
            raise NotFound("reset_over")
        places = await repository.memberships(tx, account_id)
    account = await find_account(email)
    for oem_id in sorted({place.oem_id for place in places if place.oem_id is not None}):
        if account is not None:
            await _record(oem_id, account, "password.reset")


async def _tell(oem_id: int, account: Account, link: str, expires_at: datetime) -> None:
    notice = Notice(
        template=Template.PASSWORD_RESET,
        values={"name": account.name, "expires_at": expires_at},
        time_zone=account.time_zone,
        link=link,
        key=partial(keys.run, Template.PASSWORD_RESET.value, new_id()),
        dealer_id=0,
    )
    recipient = Recipient(
        kind=RecipientKind.STAFF,
        id=account.id,
        name=account.name,
        locale=locale_of(account.locale) or DEFAULT_LOCALE,
        addresses={MessageChannel.EMAIL: account.email},
        time_zone=account.time_zone,
    )
    async with transaction(Scope.oem(oem_id)) as tx:
        await tell(tx, oem_id, notice, [recipient])
    await _record(oem_id, account, "password.reset_asked")


async def _record(oem_id: int, account: Account, action: str) -> None:
    async with transaction(Scope.oem(oem_id)) as tx:
        entry = AuditEntry(action=action, entity="account", entity_id=account.id, fields=("password",))
        await append(tx, Actor.system(oem_id), await tx.now(), entry)
