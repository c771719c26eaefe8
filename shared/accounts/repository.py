"""The functions of sign-in, as the role t_auth calls them; rows come back as Structs."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.accounts.limits import (
    ADDRESS,
    PERSON,
    RESET_ADDRESS,
    RESET_PERSON,
    address_bucket,
    person_bucket,
    reset_address_bucket,
    reset_bucket,
)
from shared.db.engine import Transaction
from shared.origin import current_origin
from shared.permissions import Role


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person across tenants."""

    id: UUID
    email: str
    name: str
    password_hash: str
    locale: str
    time_zone: str
    active: bool
    platform_operator: bool


class MembershipChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A place a person can act in; the platform operator's has no membership and no OEM."""

    membership_id: UUID | None
    role: Role
    oem_id: int | None = None
    oem_slug: str = ""
    oem_name: str = ""
    oem_name_en: str = ""
    dealer_id: int = 0
    dealer_name: str = ""
    dealer_name_en: str = ""


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind a session token."""

    session_id: UUID
    account_id: UUID
    email: str
    account_name: str
    locale: str
    time_zone: str
    client: str
    expires_at: datetime
    membership_id: UUID | None
    role: Role
    member_name: str
    dealer_id: int
    dealer_ids: list[int]
    oem_id: int | None
    oem_slug: str | None
    oem_name: str | None
    oem_name_en: str | None
    oem_locale: str | None


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind an API key."""

    id: UUID
    name: str
    dealer_id: int
    oem_id: int
    oem_slug: str
    oem_name: str
    oem_name_en: str
    locale: str
    time_zone: str


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """One open session as its owner sees it; `client` is the address it was opened from."""

    id: UUID
    client: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How a person is reached in a place: `phone` E.164 or empty, `muted` the messages not wanted."""

    phone: str = ""
    muted: frozenset[str] = frozenset()


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session to open."""

    id: UUID
    token_hash: bytes
    account_id: UUID
    choice: MembershipChoice
    client: str
    opened_at: datetime
    idle_seconds: int
    expires_at: datetime


async def take_attempt(tx: Transaction, email: str, client: str, as_of: datetime | None) -> int:
    """Use up one try; 0, or the seconds to wait when there is none."""
    wait_s = await tx.value(
        "SELECT auth_take_attempt($1, $2, $3, $4)",
        # The wider bucket first: everybody locks in the same order.
        [address_bucket(client), person_bucket(email, client)],
        [ADDRESS.tries, PERSON.tries],
        [ADDRESS.every_ms, PERSON.every_ms],
        as_of,
    )
    return int(wait_s)


async def take_reset_attempt(tx: Transaction, email: str, client: str, as_of: datetime | None) -> int:
    """As `take_attempt`, for asking for a new password."""
    wait_s = await tx.value(
        "SELECT auth_take_attempt($1, $2, $3, $4)",
        [reset_address_bucket(client), reset_bucket(email)],
        [RESET_ADDRESS.tries, RESET_PERSON.tries],
        [RESET_ADDRESS.every_ms, RESET_PERSON.every_ms],
        as_of,
    )
    return int(wait_s)


async def start_reset(
    tx: Transaction, reset_id: UUID, account_id: UUID, token_hash: bytes, at: datetime, expires_at: datetime
) -> None:
    """Keep a way to a new password; the one before of the account ends."""
    sql = "SELECT auth_start_reset($1, $2, $3, $4, $5)"
    await tx.execute(sql, reset_id, account_id, token_hash, at, expires_at)


async def find_reset(tx: Transaction, token_hash: bytes, as_of: datetime | None) -> str | None:
    """The e-mail address of a reset that can be used."""
    found: str | None = await tx.value("SELECT auth_find_reset($1, $2)", token_hash, as_of)
    return found


async def use_reset(
    tx: Transaction, token_hash: bytes, password_hash: str, as_of: datetime | None
) -> UUID | None:
    """Set the password with a reset, once, and end all sessions; the account, None when it is over."""
    found: UUID | None = await tx.value("SELECT auth_use_reset($1, $2, $3)", token_hash, password_hash, as_of)
    return found


async def give_back(tx: Transaction, email: str, client: str) -> None:
    """After a success: forget the person's failures, and the address's try."""
    await tx.execute(
        "SELECT auth_give_back($1, $2, $3)",
        address_bucket(client),
        ADDRESS.every_ms,
        person_bucket(email, client),
    )


async def find_account(tx: Transaction, email: str) -> Account | None:
    """The account of an e-mail address (lower case)."""
    return await tx.row(Account, "SELECT * FROM auth_find_account($1)", email)


async def create_account(tx: Transaction, account: Account) -> bool:
    """Create it; False when the e-mail address has one already."""
    return bool(
        await tx.value(
            "SELECT auth_create_account($1, $2, $3, $4, $5, $6, $7, $8)",
            account.id,
            account.email,
            account.name,
            account.password_hash,
            account.locale,
            account.time_zone,
            account.platform_operator,
            await tx.now(),
        )
    )


async def set_password(tx: Transaction, account_id: UUID, password_hash: str) -> None:
    """Replace the stored hash."""
    await tx.execute("SELECT auth_set_password($1, $2)", account_id, password_hash)


async def note(
    tx: Transaction, email: str, action: str, *, by_person: bool = False, as_of: datetime | None = None
) -> None:
    """Write an audit entry about an account at every OEM of its person; nothing for an unknown address.

    `by_person` where it is certain that the person did it.
    """
    origin = current_origin()
    sql = "SELECT auth_note($1, $2, $3, $4, $5, $6)"
    await tx.execute(sql, email, action, by_person, origin.network, origin.agent, as_of)


async def set_profile(tx: Transaction, account_id: UUID, name: str, locale: str, time_zone: str) -> None:
    """Replace name, language and time zone, in all of the person's places, too."""
    await tx.execute("SELECT auth_set_profile($1, $2, $3, $4)", account_id, name, locale, time_zone)


async def contact(tx: Transaction, account_id: UUID, oem_id: int, membership_id: UUID) -> Contact | None:
    """How the person is reached in one of the own places; None for a place that is not."""
    return await tx.row(Contact, "SELECT * FROM auth_contact($1, $2, $3)", account_id, oem_id, membership_id)


async def set_contact(
    tx: Transaction, account_id: UUID, oem_id: int, membership_id: UUID, phone: str, muted: list[str]
) -> None:
    """Replace how the person is reached in one of the own places."""
    sql = "SELECT auth_set_contact($1, $2, $3, $4, $5)"
    await tx.execute(sql, account_id, oem_id, membership_id, phone, muted)


async def memberships(tx: Transaction, account_id: UUID) -> list[MembershipChoice]:
    """The memberships a person can act in, by OEM."""
    return await tx.rows(MembershipChoice, "SELECT * FROM auth_memberships($1)", account_id)


async def open_session(tx: Transaction, new: NewSession) -> None:
    """Store a session."""
    await tx.execute(
        "SELECT auth_open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.token_hash,
        new.account_id,
        new.choice.oem_id,
        new.choice.membership_id,
        new.client,
        new.opened_at,
        new.idle_seconds,
        new.expires_at,
    )


async def find_session(tx: Transaction, token_hash: bytes, as_of: datetime | None) -> SessionRow | None:
    """Who stands behind a token; None when the session is unknown or over. Marks it as seen."""
    return await tx.row(SessionRow, "SELECT * FROM auth_find_session($1, $2)", token_hash, as_of)


async def rotate_session(
    tx: Transaction, token_hash: bytes, new_hash: bytes, choice: MembershipChoice
) -> bool:
    """Give the session another token and place; False when it is gone."""
    return bool(
        await tx.value(
            "SELECT auth_rotate_session($1, $2, $3, $4)",
            token_hash,
            new_hash,
            choice.oem_id,
            choice.membership_id,
        )
    )


async def close_session(tx: Transaction, token_hash: bytes) -> None:
    """End the session of a token."""
    await tx.execute("SELECT auth_close_session($1)", token_hash)


async def own_sessions(tx: Transaction, account_id: UUID) -> list[OwnSession]:
    """The account's open sessions, last used first."""
    return await tx.rows(OwnSession, "SELECT * FROM auth_sessions($1, $2)", account_id, await tx.now())


async def close_sessions(tx: Transaction, account_id: UUID, session_id: UUID | None = None) -> int:
    """End one session of the account, or all; how many there were."""
    return int(await tx.value("SELECT auth_close_sessions($1, $2)", account_id, session_id))


async def find_key(tx: Transaction, key_hash: bytes, as_of: datetime | None) -> KeyRow | None:
    """Who stands behind an API key; None when it is unknown or revoked. Marks it as used."""
    return await tx.row(KeyRow, "SELECT * FROM auth_find_key($1, $2)", key_hash, as_of)
