"""Sources: the systems that may send, kept by the administrator (R1.8).

A secret is shown when its source is made and when it is renewed; each that was renewed stays good for a day
more, however often that happens, so that the other side has time to change it. A source can be revoked
for good.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.texts import clean_line, line_problems
from shared.cases.vocabulary import Channel
from shared.clock import utc_now
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.inbound.signature import SALT_BYTES, secret_of, verified
from shared.permissions import Permission, Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.dealers import dealer_named
from shared.tenants.renewed_secrets import BOTH_GOOD, RENEWED, Salts, require_room

CHANNELS: Final = (
    Channel.APP,
    Channel.CHAT,
    Channel.SOCIAL_MEDIA,
    Channel.PLATFORM,
    Channel.OEM_FORWARDED,
    Channel.OTHER_ORGANISATION,
    Channel.PHONE,
)
"""The channels another system can stand for."""
LONGEST_NAME: Final = 100
ANSWER_SECONDS: Final = 60
"""Within how many seconds a call is to be answered unless the source says otherwise (R1.4)."""
_MOST_SECONDS: Final = 3600
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source without its secret.

    `dealer_id` 0 sends for the whole OEM. `code` stands before the references of its complaints.
    `answer_seconds`: within how many its telephone calls are to be answered.
    """

    id: UUID
    dealer_id: int
    code: str
    name: str
    channel: Channel
    answer_seconds: int
    created_at: datetime
    created_by: str
    rotated_at: datetime | None
    previous_until: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source to create; without `dealer_id` it sends for the whole OEM."""

    code: str
    name: str
    channel: Channel
    dealer_id: int | None = None
    answer_seconds: int = ANSWER_SECONDS


class SourceWithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A source and its secret, shown this once."""

    source: Source
    secret: str


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who has sent a message: `message_id` is its own, the same when it is sent again."""

    actor: Actor
    source_id: UUID
    code: str
    channel: Channel
    answer_seconds: int
    country: str
    message_id: str


class _Known(Salts, frozen=True, kw_only=True):
    id: UUID
    oem_id: int
    dealer_id: int
    code: str
    name: str
    channel: Channel
    answer_seconds: int
    locale: str
    time_zone: str
    country: str


_COLUMNS: Final = ", ".join(Source.__struct_fields__)
_ALL: Final = f"SELECT {_COLUMNS} FROM inbound_sources WHERE oem_id = $1 ORDER BY created_at DESC, id"
_INSERT: Final = f"""
INSERT INTO inbound_sources (oem_id, id, dealer_id, code, name, channel, answer_seconds, salt, created_at,
                             created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {_COLUMNS}
"""
_RENEW: Final = f"""
UPDATE inbound_sources
SET {RENEWED}
WHERE oem_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING {_COLUMNS}
"""
_REVOKE: Final = """
UPDATE inbound_sources SET revoked_at = $3 WHERE oem_id = $1 AND id = $2 AND revoked_at IS NULL
RETURNING dealer_id
"""


async def sources(actor: Actor) -> list[Source]:
    """The OEM's sources, newest first, revoked ones included."""
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await tx.rows(Source, _ALL, actor.oem_id)


async def create(
    actor: Actor, new: NewSource, key: str, *, as_of: datetime | None = None
) -> SourceWithSecret:
    """Let another system send; `key` is the installation's.

    Raises `Invalid` for each field that cannot be accepted, and `Conflict` (`source_code_taken`).
    """
    actor.require(Permission.API_KEY_MANAGE)
    name, code = clean_line(new.name), new.code.strip().lower()
    _check(new, name, code)
    salt, source_id = secrets.token_bytes(SALT_BYTES), new_id(as_of)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        if new.dealer_id is not None:
            await dealer_named(tx, actor.oem_id, new.dealer_id)
        now = await tx.now()
        place = (actor.oem_id, source_id, new.dealer_id or 0, code, name)
        try:
            made = await tx.row(
                Source, _INSERT, *place, new.channel.value, new.answer_seconds, salt, now, actor.name
            )
        except asyncpg.UniqueViolationError as error:
            raise Conflict("source_code_taken", {"code": code}) from error
        assert made is not None  # noqa: S101  # RETURNING
        await _note(tx, actor, now, "source.create", made)
    return SourceWithSecret(source=made, secret=secret_of(key, actor.oem_id, source_id, salt))


async def renew(
    actor: Actor, source_id: UUID, key: str, *, as_of: datetime | None = None
) -> SourceWithSecret:
    """Another secret for a source; the present one counts for `BOTH_GOOD` more.

    Raises `NotFound`, `Conflict` (`too_many_secrets`) while `MOST_SECRETS` are good.
    """
    actor.hide_without(Permission.API_KEY_MANAGE)
    salt = secrets.token_bytes(SALT_BYTES)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        now = await tx.now()
        await require_room(tx, "inbound_sources", actor.oem_id, source_id)
        made = await tx.row(Source, _RENEW, actor.oem_id, source_id, salt, now + BOTH_GOOD, now)
        if made is None:
            raise NotFound("not_found")
        await _note(tx, actor, now, "source.renew", made)
    return SourceWithSecret(source=made, secret=secret_of(key, actor.oem_id, source_id, salt))


async def revoke(actor: Actor, source_id: UUID) -> None:
    """Take nothing more from a source; raises `NotFound` for an unknown or already revoked one."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        now = await tx.now()
        dealer_id = await tx.value(_REVOKE, actor.oem_id, source_id, now)
        if dealer_id is None:
            raise NotFound("not_found")
        entry = AuditEntry(action="source.revoke", entity="source", entity_id=source_id, dealer_id=dealer_id)
        await append(tx, actor, now, entry)


async def admit(
    source_id: UUID, body: bytes, headers: Mapping[str, str], key: str, *, as_of: datetime | None = None
) -> Sender:
    """Who has signed this body; raises `Unauthenticated` as `signature.verified`.

    A source that does not exist, or not any more, is refused like a wrong signature, after as much work.
    """
    async with transaction(Scope.auth()) as tx:
        known = await tx.row(_Known, "SELECT * FROM auth_find_source($1)", source_id)
        message_id = verified(body, headers, _secrets(known, source_id, key, as_of or utc_now()))
        assert known is not None  # noqa: S101  # nobody knows the secret of no source
        await tx.execute("SELECT auth_use_source($1, $2)", source_id, as_of)
    actor = Actor(
        kind=ActorKind.API_KEY,
        role=Role.INTEGRATION,
        scope=Scope.dealer(known.oem_id, known.dealer_id) if known.dealer_id else Scope.oem(known.oem_id),
        name=known.name,
        id=known.id,
        locale=known.locale,
        time_zone=known.time_zone,
    )
    return Sender(
        actor=actor,
        source_id=known.id,
        code=known.code,
        channel=known.channel,
        answer_seconds=known.answer_seconds,
        country=known.country,
        message_id=message_id,
    )


def _secrets(known: _Known | None, source_id: UUID, key: str, now: datetime) -> list[str]:
    if known is None:
        return [secret_of(key, 0, source_id, secrets.token_bytes(SALT_BYTES))]
    return [secret_of(key, known.oem_id, source_id, salt) for salt in known.good(now)]


def _check(new: NewSource, name: str, code: str) -> None:
    problems = line_problems("name", name, LONGEST_NAME)
    if not _CODE.fullmatch(code):
        problems.append(FieldError("code", "source_code_malformed" if code else "required"))
    if new.channel not in CHANNELS:
        problems.append(FieldError("channel", "unknown_value"))
    if not 1 <= new.answer_seconds <= _MOST_SECONDS:
        problems.append(FieldError("answer_seconds", "out_of_range", {"least": 1, "most": _MOST_SECONDS}))
    if problems:
        raise Invalid("invalid_input", fields=problems)


async def _note(tx: Transaction, actor: Actor, at: datetime, action: str, source: Source) -> None:
    entry = AuditEntry(action=action, entity="source", entity_id=source.id, dealer_id=source.dealer_id)
    await append(tx, actor, at, entry)
