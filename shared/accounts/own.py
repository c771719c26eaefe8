"""What people change about their own account: name, language, time zone, password, what they are told."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import available_timezones

import msgspec

from shared.accounts import repository
from shared.accounts.directory import normal_email, note_refusal, set_password
from shared.accounts.passwords import check_strength, verify_password
from shared.accounts.repository import Account, Contact
from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.errors import FieldError, Forbidden, Invalid, NotFound, TooManyRequests, Unauthenticated
from shared.tenancy import Actor, Scope

LOCALES: Final = ("zh-CN", "en")
LONGEST_NAME: Final = 100


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How a person is called, and reads: language (BCP 47) and time zone (IANA), the same everywhere."""

    name: str
    locale: str
    time_zone: str


async def set_profile(actor: Actor, profile: Profile) -> None:
    """Set name, language and time zone of the actor's account, for messages as well; raises `Invalid`."""
    if actor.account_id is None:
        raise Forbidden("not_a_person")
    name = profile.name.strip()
    problems = name_problems(name)
    if profile.locale not in LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    if profile.time_zone not in available_timezones():
        problems.append(FieldError("time_zone", "unknown_time_zone", {"name": profile.time_zone[:64]}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    async with transaction(Scope.auth()) as tx:
        await repository.set_profile(tx, actor.account_id, name, profile.locale, profile.time_zone)
    await _record(actor, "profile.change", ("name", "locale", "time_zone"))


def name_problems(name: str) -> list[FieldError]:
    """What is wrong with a person's name."""
    if not name.strip():
        return [FieldError("name", "required")]
    if len(name.strip()) > LONGEST_NAME:
        return [FieldError("name", "too_long", {"limit": LONGEST_NAME})]
    # Control characters and lone surrogates: names stand in headers of e-mails.
    return [] if name.strip().isprintable() else [FieldError("name", "not_understood")]


async def contact_of(actor: Actor) -> Contact:
    """The person's telephone number and choices in the present place; none for the platform operator."""
    if actor.account_id is None:
        raise Forbidden("not_a_person")
    if actor.membership_id is None:
        return Contact()
    async with transaction(Scope.auth(), read_only=True) as tx:
        found = await repository.contact(tx, actor.account_id, actor.oem_id, actor.membership_id)
    return found or Contact()


async def set_contact(actor: Actor, phone: str, muted: Sequence[str]) -> None:
    """Set the number (E.164 or empty) and the messages not wanted, for the present place.

    Raises `NotFound` for the platform operator, who has no place.
    """
    if actor.account_id is None:
        raise Forbidden("not_a_person")
    if actor.membership_id is None:
        raise NotFound("not_found")
    async with transaction(Scope.auth()) as tx:
        await repository.set_contact(
            tx, actor.account_id, actor.oem_id, actor.membership_id, phone, sorted(set(muted))
        )
    await _record(actor, "profile.change", ("phone", "muted"))


async def change_password(email: str, old: str, new: str, client: str) -> None:
    """Replace one's own password and end all one's sessions, this one included.

    Tries count like those of sign-in. Raises `Invalid` for `old_password` that is wrong and `new_password`
    that is too weak, and `TooManyRequests` (`too_many_attempts`).
    """
    check_strength(new, "new_password")
    try:
        await proven_account(email, old, client)
    except Unauthenticated as error:
        raise Invalid.field("old_password", "wrong_password") from error
    await set_password(normal_email(email), new, by_person=True)


async def proven_account(email: str, password: str, client: str) -> Account:
    """The account of somebody who knows its password; tries count like those of sign-in.

    Raises `Unauthenticated` (`wrong_credentials`) and `TooManyRequests` (`too_many_attempts`).
    """
    email = normal_email(email)
    async with transaction(Scope.auth()) as tx:
        wait_s = await repository.take_attempt(tx, email, client, None)
        account = await repository.find_account(tx, email) if not wait_s else None
    if wait_s:
        raise TooManyRequests("too_many_attempts", wait_s)
    stored = account.password_hash if account is not None and account.active else None
    if not await verify_password(password, stored) or account is None:
        await note_refusal(email, "password.refuse")
        raise Unauthenticated("wrong_credentials")
    async with transaction(Scope.auth()) as tx:
        await repository.give_back(tx, email, client)
    return account


async def _record(actor: Actor, action: str, fields: Sequence[str]) -> None:
    # In the OEM's scope, like sessions: entries of dealer 0 are out of a dealer's reach.
    if actor.scope.oem_id is None or actor.account_id is None:
        return
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        entry = AuditEntry(action=action, entity="account", entity_id=actor.account_id, fields=fields)
        await append(tx, actor, await tx.now(), entry)
