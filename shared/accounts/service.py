"""Signing in and out, sessions, accounts (R9.4).

A session is a random token; the database holds its hash, the place it acts in and when it ends. Each sign-in
and each change of place makes a new token. What fails tells nobody whether an e-mail address is known.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from shared.accounts import repository
from shared.accounts.actors import actor_of_key, actor_of_session
from shared.accounts.directory import (
    NewAccount,
    create_account,
    ensure_account,
    is_email,
    normal_email,
    note_refusal,
    set_password,
)
from shared.accounts.keys import ApiKey, api_keys, create_api_key, revoke_api_key
from shared.accounts.passwords import hash_password, needs_rehash, verify_password
from shared.accounts.repository import Account, MembershipChoice, NewSession, OwnSession, SessionRow
from shared.accounts.tokens import KEY_PREFIX, SESSION_PREFIX, digest, new_session_token
from shared.audit.log import AuditEntry, append
from shared.db.engine import Transaction, transaction
from shared.errors import Forbidden, Invalid, NotFound, TooManyRequests, Unauthenticated
from shared.ids import new_id
from shared.observability import REFUSED_SIGN_INS
from shared.permissions import Role
from shared.settings import WebSettings
from shared.tenancy import Actor, Scope

__all__ = [
    "ApiKey",
    "CurrentSession",
    "MembershipChoice",
    "NewAccount",
    "OwnSession",
    "SessionTerms",
    "SignedIn",
    "api_keys",
    "authenticate",
    "authenticate_key",
    "close_session",
    "create_account",
    "create_api_key",
    "current_session",
    "ensure_account",
    "memberships_of",
    "revoke_api_key",
    "sessions_of",
    "set_password",
    "sign_in",
    "sign_out",
    "switch_membership",
]

_LOG = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How long sessions last: without a request, and at most."""

    idle: timedelta = timedelta(hours=8)
    lifetime: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, settings: WebSettings) -> "SessionTerms":
        """The configured terms."""
        return cls(settings.session_idle, settings.session_lifetime)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened or moved; `token` is shown this once, `memberships` are the places to go to."""

    token: str = field(repr=False)
    expires_at: datetime
    actor: Actor
    memberships: list[MembershipChoice]


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """The session of a token, with what a page's header shows."""

    actor: Actor
    session: SessionRow


async def sign_in(
    email: str,
    password: str,
    client: str,
    *,
    terms: SessionTerms = SessionTerms(),
    as_of: datetime | None = None,
) -> SignedIn:
    """Open a session for the person in the first of their places; `client` is the network address.

    Raises `Unauthenticated` (`wrong_credentials`; `no_membership` when the password is right but no place is
    open to the person) and `TooManyRequests` (`too_many_attempts`).
    """
    email = normal_email(email)
    async with transaction(Scope.auth()) as tx:
        wait_s = await repository.take_attempt(tx, email, client, as_of)
        account = await repository.find_account(tx, email) if is_email(email) and not wait_s else None
    if wait_s:
        _count_refusal("too_many_attempts")
        raise TooManyRequests("too_many_attempts", wait_s)
    stored = account.password_hash if account is not None and account.active else None
    if not await verify_password(password, stored) or account is None:
        await note_refusal(email, "session.refuse", as_of)
        _count_refusal("wrong_credentials")
        raise Unauthenticated("wrong_credentials")
    rehashed = await hash_password(password) if needs_rehash(account.password_hash) else None
    token = new_session_token()
    async with transaction(Scope.auth(), as_of=as_of) as tx:
        await _refuse_replaced(tx, account)
        await repository.give_back(tx, email, client)
        if rehashed is not None:
            await repository.set_password(tx, account.id, rehashed)
        places = await _places(tx, account)
        if not places:
            raise Unauthenticated("no_membership")
        now = await tx.now()
        new = NewSession(
            id=new_id(),
            token_hash=digest(token),
            account_id=account.id,
            choice=places[0],
            client=client,
            opened_at=now,
            idle_seconds=int(terms.idle.total_seconds()),
            expires_at=now + terms.lifetime,
        )
        await repository.open_session(tx, new)
        session = await _session(tx, token, now)
    actor = actor_of_session(session)
    await _record(actor, "session.open", session.session_id, as_of)
    return SignedIn(token, session.expires_at, actor, places)


async def authenticate(token: str, *, as_of: datetime | None = None) -> Actor:
    """The person behind a session token; raises `Unauthenticated` (`session_expired`)."""
    return (await current_session(token, as_of=as_of)).actor


async def current_session(token: str, *, as_of: datetime | None = None) -> CurrentSession:
    """As `authenticate`, with the names of account, OEM and dealer place."""
    if not token.startswith(SESSION_PREFIX):
        raise Unauthenticated("session_expired")
    async with transaction(Scope.auth()) as tx:
        session = await _session(tx, token, as_of)
    return CurrentSession(actor_of_session(session), session)


async def authenticate_key(key: str, *, as_of: datetime | None = None) -> Actor:
    """The integration behind an API key; raises `Unauthenticated` (`unknown_key`)."""
    if not key.startswith(KEY_PREFIX):
        raise Unauthenticated("unknown_key")
    async with transaction(Scope.auth()) as tx:
        row = await repository.find_key(tx, digest(key), as_of)
    if row is None:
        raise Unauthenticated("unknown_key")
    return actor_of_key(row)


async def memberships_of(token: str) -> list[MembershipChoice]:
    """The places the session's person can act in."""
    async with transaction(Scope.auth()) as tx:
        session = await _session(tx, token, None)
        return await _places(tx, await _account(tx, session))


async def switch_membership(token: str, membership_id: UUID | None) -> SignedIn:
    """Act in another of one's places, under a new token; None is the platform operator's place.

    The old token stops working, the end of the session stays. Raises `Invalid` for a place that is not one's
    own.
    """
    new_token = new_session_token()
    async with transaction(Scope.auth()) as tx:
        before = await _session(tx, token, None)
        places = await _places(tx, await _account(tx, before))
        choice = next((place for place in places if place.membership_id == membership_id), None)
        if choice is None:
            raise Invalid.field("membership_id", "unknown_value")
        if not await repository.rotate_session(tx, digest(token), digest(new_token), choice):
            raise Unauthenticated("session_expired")
        session = await _session(tx, new_token, None)
    actor = actor_of_session(session)
    await _record(actor, "session.switch", session.session_id, None)
    return SignedIn(new_token, session.expires_at, actor, places)


async def sign_out(token: str) -> None:
    """End the session; a token that is not known any more is no error."""
    async with transaction(Scope.auth()) as tx:
        session = await repository.find_session(tx, digest(token), None)
        await repository.close_session(tx, digest(token))
    if session is not None:
        await _record(actor_of_session(session), "session.close", session.session_id, None)


async def sessions_of(actor: Actor) -> list[OwnSession]:
    """The open sessions of the actor's own account, last used first."""
    async with transaction(Scope.auth()) as tx:
        return await repository.own_sessions(tx, _account_id(actor))


async def close_session(actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions; raises `NotFound` for any other."""
    if actor.account_id is None:  # an integration has none
        raise NotFound("not_found")
    async with transaction(Scope.auth()) as tx:
        if not await repository.close_sessions(tx, actor.account_id, session_id):
            raise NotFound("not_found")
    await _record(actor, "session.close", session_id, None)


async def _refuse_replaced(tx: Transaction, checked: Account) -> None:
    # Checking takes a while: a password replaced meanwhile has ended every session, and opens none.
    present = await repository.find_account(tx, checked.email)
    if present is None or not present.active or present.password_hash != checked.password_hash:
        _count_refusal("wrong_credentials")
        raise Unauthenticated("wrong_credentials")


def _count_refusal(reason: str) -> None:
    REFUSED_SIGN_INS.labels(reason).inc()
    _LOG.info("sign_in_refused", reason=reason)


async def _places(tx: Transaction, account: Account) -> list[MembershipChoice]:
    places = await repository.memberships(tx, account.id)
    if account.platform_operator:
        places.append(MembershipChoice(membership_id=None, role=Role.PLATFORM_OPERATOR))
    return places


async def _session(tx: Transaction, token: str, as_of: datetime | None) -> SessionRow:
    session = await repository.find_session(tx, digest(token), as_of)
    if session is None:
        raise Unauthenticated("session_expired")
    return session


async def _account(tx: Transaction, session: SessionRow) -> Account:
    account = await repository.find_account(tx, session.email)
    if account is None:
        raise Unauthenticated("session_expired")
    return account


def _account_id(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise Forbidden("not_a_person")
    return actor.account_id


async def _record(actor: Actor, action: str, session_id: UUID, as_of: datetime | None) -> None:
    # In the OEM's scope: entries of dealer 0 are out of a dealer's and a regional manager's reach.
    if actor.scope.oem_id is None:
        _LOG.info("platform_operator", action=action, account_id=str(actor.account_id))
        return
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        entry = AuditEntry(action=action, entity="session", entity_id=session_id)
        await append(tx, actor, await tx.now(), entry)
