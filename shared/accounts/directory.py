"""Accounts: one per person, across all tenants, found by e-mail address."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.accounts import repository
from shared.accounts.passwords import UNUSABLE, check_strength, hash_password
from shared.accounts.repository import Account
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.tenancy import Scope

_EMAIL: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,8}")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person to create; without a password nobody can sign in until one is set."""

    email: str
    name: str
    password: str | None = field(default=None, repr=False)
    locale: str = "zh-CN"
    time_zone: str = "Asia/Shanghai"
    platform_operator: bool = False


async def create_account(new: NewAccount, *, as_of: datetime | None = None) -> UUID:
    """Create a person; the account's id. Raises `Conflict` (`email_taken`) and `Invalid`."""
    account = await _account_to_create(new)
    async with transaction(Scope.auth(), as_of=as_of) as tx:
        if not await repository.create_account(tx, account):
            raise Conflict("email_taken")
    return account.id


async def ensure_account(new: NewAccount, *, as_of: datetime | None = None) -> UUID:
    """The id of an e-mail address's account, created when there is none; an existing one stays as it is."""
    return (await known_or_new_account(new, as_of=as_of)).id


async def known_or_new_account(new: NewAccount, *, as_of: datetime | None = None) -> Account:
    """As `ensure_account`, the whole account."""
    email = valid_email(new.email)
    found = await find_account(email)
    if found is not None:
        return found
    account = await _account_to_create(new)
    async with transaction(Scope.auth(), as_of=as_of) as tx:
        if await repository.create_account(tx, account):
            return account
    return await known_or_new_account(new, as_of=as_of)


async def find_account(email: str) -> Account | None:
    """The account of an e-mail address as `valid_email` gives it."""
    async with transaction(Scope.auth(), read_only=True) as tx:
        return await repository.find_account(tx, email)


async def set_password(email: str, password: str, *, by_person: bool = False) -> None:
    """Set a person's password and end all their sessions; raises `NotFound` and `Invalid`.

    `by_person` where the person has just proved to know the old one.
    """
    check_strength(password)
    hashed = await hash_password(password)
    async with transaction(Scope.auth()) as tx:
        account = await repository.find_account(tx, normal_email(email))
        if account is None:
            raise NotFound("account_not_found")
        await repository.set_password(tx, account.id, hashed)
        await repository.close_sessions(tx, account.id)
        await repository.note(tx, account.email, "password.change", by_person=by_person)


async def note_refusal(email: str, action: str, as_of: datetime | None = None) -> None:
    """Write down that a wrong password was given for an address (R9.3); takes as long for an unknown one."""
    if not is_email(email):
        return
    async with transaction(Scope.auth()) as tx:
        await repository.note(tx, email, action, as_of=as_of)


def normal_email(email: str) -> str:
    """An e-mail address as accounts hold it."""
    return email.strip().lower()


def valid_email(email: str, where: str = "email") -> str:
    """The address as accounts hold it; raises `Invalid` (`email_not_understood`)."""
    email = normal_email(email)
    if not is_email(email):
        raise Invalid.field(where, "email_not_understood")
    return email


def is_email(text: str) -> bool:
    """Whether it is an e-mail address as accounts hold them: ASCII, lower case."""
    return _EMAIL.fullmatch(text) is not None


async def _account_to_create(new: NewAccount) -> Account:
    email = valid_email(new.email)
    if new.password is not None:
        check_strength(new.password)
    return Account(
        id=new_id(),
        email=email,
        name=new.name,
        password_hash=UNUSABLE if new.password is None else await hash_password(new.password),
        locale=new.locale,
        time_zone=new.time_zone,
        active=True,
        platform_operator=new.platform_operator,
    )
