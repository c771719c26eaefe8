"""What people change about their own account: language, time zone, password."""

from typing import Final
from zoneinfo import available_timezones

from shared.accounts import repository
from shared.accounts.directory import normal_email, set_password
from shared.accounts.passwords import check_strength, verify_password
from shared.db.engine import transaction
from shared.errors import FieldError, Forbidden, Invalid, TooManyRequests
from shared.tenancy import Actor, Scope

LOCALES: Final = ("zh-CN", "en")


async def set_preferences(actor: Actor, locale: str, time_zone: str) -> None:
    """Set the language (BCP 47) and time zone (IANA) of the actor's account; raises `Invalid`."""
    if actor.account_id is None:
        raise Forbidden("not_a_person")
    problems: list[FieldError] = []
    if locale not in LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    if time_zone not in available_timezones():
        problems.append(FieldError("time_zone", "unknown_time_zone", {"name": time_zone[:64]}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    async with transaction(Scope.auth()) as tx:
        await repository.set_preferences(tx, actor.account_id, locale, time_zone)


async def change_password(email: str, old: str, new: str, client: str) -> None:
    """Replace one's own password and end all one's sessions, this one included.

    Tries count like those of sign-in. Raises `Invalid` for `old_password` that is wrong and `new_password`
    that is too weak, and `TooManyRequests` (`too_many_attempts`).
    """
    check_strength(new, "new_password")
    email = normal_email(email)
    async with transaction(Scope.auth()) as tx:
        wait_s = await repository.take_attempt(tx, email, client, None)
        account = await repository.find_account(tx, email) if not wait_s else None
    if wait_s:
        raise TooManyRequests("too_many_attempts", wait_s)
    if not await verify_password(old, account.password_hash if account else None):
        raise Invalid.field("old_password", "wrong_password")
    async with transaction(Scope.auth()) as tx:
        await repository.give_back(tx, email, client)
    await set_password(email, new)
