"""Endpoints: the other systems that are told of events, kept by the administrator.

A secret is shown when its endpoint is made and when it is renewed; each that was renewed signs for a day
more, however often that happens. An endpoint that answers 410, or is stopped by hand, is told nothing
until it is let again.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.texts import clean_line, line_problems
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.idempotency.keys import once, refuse_second
from shared.ids import new_id
from shared.notifications.outbound import Outbound
from shared.notifications.signing import webhook_secret
from shared.notifications.webhooks.telling import tell_test
from shared.notifications.webhooks.vocabulary import OFFERED
from shared.outbox.events import EventKind
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import dealer_named
from shared.tenants.renewed_secrets import BOTH_GOOD, RENEWED, require_room

LONGEST_NAME: Final = 100
MOST: Final = 20
"""Endpoints of one OEM that are told at the same time."""
_SALT_BYTES: Final = 32


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint without its secret.

    `dealer_id` 0 hears of every dealer. `disabled_reason`: `by_hand`, or `gone` when it has answered 410.
    """

    id: UUID
    dealer_id: int
    name: str
    url: str
    kinds: list[EventKind]
    created_at: datetime
    created_by: str
    rotated_at: datetime | None
    previous_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    version: int


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint to make; without `dealer_id` it hears of every dealer."""

    name: str
    url: str
    kinds: list[EventKind]
    dealer_id: int | None = None


class ChangeEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an endpoint is to be from now on; `version` is the one that was looked at."""

    name: str
    url: str
    kinds: list[EventKind]
    version: int


class EndpointWithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and its secret, shown this once."""

    endpoint: Endpoint
    secret: str


_COLUMNS: Final = ", ".join(Endpoint.__struct_fields__)
_ALL: Final = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE oem_id = $1 ORDER BY created_at DESC, id"
_ONE: Final = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE oem_id = $1 AND id = $2"
_COUNT: Final = "SELECT count(*) FROM webhook_endpoints WHERE oem_id = $1 AND disabled_at IS NULL"
_INSERT: Final = f"""
INSERT INTO webhook_endpoints (oem_id, id, dealer_id, name, url, kinds, salt, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_COLUMNS}
"""
_CHANGE: Final = f"""
UPDATE webhook_endpoints SET name = $3, url = $4, kinds = $5, version = version + 1
WHERE oem_id = $1 AND id = $2 AND version = $6 RETURNING {_COLUMNS}
"""
_RENEW: Final = f"""
UPDATE webhook_endpoints
SET {RENEWED}
WHERE oem_id = $1 AND id = $2 RETURNING {_COLUMNS}
"""
_STOP: Final = f"""
UPDATE webhook_endpoints SET disabled_at = $3, disabled_reason = 'by_hand'
WHERE oem_id = $1 AND id = $2 AND disabled_at IS NULL RETURNING {_COLUMNS}
"""
_LET: Final = f"""
UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL
WHERE oem_id = $1 AND id = $2 AND disabled_at IS NOT NULL RETURNING {_COLUMNS}
"""


async def endpoints(actor: Actor) -> list[Endpoint]:
    """The OEM's endpoints, newest first, stopped ones included."""
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await tx.rows(Endpoint, _ALL, actor.oem_id)


async def endpoint(tx: Transaction, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """One endpoint in an open transaction of the OEM; raises `NotFound`."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    found = await tx.row(Endpoint, _ONE, actor.oem_id, endpoint_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def create(
    actor: Actor,
    new: NewEndpoint,
    key: str,
    outbound: Outbound,
    *,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
) -> EndpointWithSecret:
    """Tell another system of events; `key` is the installation's.

    Raises `Invalid` for each field that cannot be accepted, `Conflict` (`too_many_endpoints`, and
    `made_already`, `idempotency_key_reused` as `shared.idempotency.keys`).
    """
    actor.require(Permission.API_KEY_MANAGE)
    wanted = once(actor, idempotency_key, new, what="webhook")
    name = clean_line(new.name)
    _check(name, new.kinds)
    url = outbound.check(new.url)
    salt, endpoint_id = secrets.token_bytes(_SALT_BYTES), new_id(as_of)
    kinds = _ordered(new.kinds)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        now = await tx.now()
        await refuse_second(tx, actor.oem_id, wanted, endpoint_id, now)
        if new.dealer_id is not None:
            await dealer_named(tx, actor.oem_id, new.dealer_id)
        await _require_room(tx, actor.oem_id)
        place = (actor.oem_id, endpoint_id, new.dealer_id or 0, name, url, kinds)
        made = await tx.row(Endpoint, _INSERT, *place, salt, now, actor.name)
        assert made is not None  # noqa: S101  # RETURNING
        await note(tx, actor, now, "webhook.create", made)
    return EndpointWithSecret(endpoint=made, secret=webhook_secret(key, actor.oem_id, endpoint_id, salt))


async def change(actor: Actor, endpoint_id: UUID, wanted: ChangeEndpoint, outbound: Outbound) -> Endpoint:
    """Tell it of other events, or at another address; what waits already goes there, too.

    Raises `NotFound`, `Invalid` for each field that cannot be accepted, `Conflict` (`stale_version`).
    """
    actor.hide_without(Permission.API_KEY_MANAGE)
    name = clean_line(wanted.name)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        known = await endpoint(tx, actor, endpoint_id)
        _check(name, wanted.kinds)
        url = outbound.check(wanted.url)
        said = (name, url, _ordered(wanted.kinds))
        found = await tx.row(Endpoint, _CHANGE, actor.oem_id, endpoint_id, *said, wanted.version)
        if found is None:
            raise Conflict("stale_version", {"current": known.version})
        await note(tx, actor, await tx.now(), "webhook.change", found)
        return found


async def renew(
    actor: Actor, endpoint_id: UUID, key: str, *, as_of: datetime | None = None
) -> EndpointWithSecret:
    """Another secret for an endpoint; the present one signs for `BOTH_GOOD` more.

    Raises `NotFound`, `Conflict` (`too_many_secrets`) while `MOST_SECRETS` are good.
    """
    actor.hide_without(Permission.API_KEY_MANAGE)
    salt = secrets.token_bytes(_SALT_BYTES)
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        now = await tx.now()
        await require_room(tx, "webhook_endpoints", actor.oem_id, endpoint_id)
        made = await tx.row(Endpoint, _RENEW, actor.oem_id, endpoint_id, salt, now + BOTH_GOOD, now)
        if made is None:
            raise NotFound("not_found")
        await note(tx, actor, now, "webhook.renew", made)
    return EndpointWithSecret(endpoint=made, secret=webhook_secret(key, actor.oem_id, endpoint_id, salt))


async def stop(actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Tell it nothing more until it is let again; raises `NotFound`, `Conflict` (`endpoint_stopped`)."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await endpoint(tx, actor, endpoint_id)
        now = await tx.now()
        found = await tx.row(Endpoint, _STOP, actor.oem_id, endpoint_id, now)
        if found is None:
            raise Conflict("endpoint_stopped")
        await note(tx, actor, now, "webhook.stop", found)
        return found


async def let(actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Tell it of what happens from now on; raises `NotFound`, `Conflict` (`endpoint_not_stopped`)."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await endpoint(tx, actor, endpoint_id)
        await _require_room(tx, actor.oem_id)
        found = await tx.row(Endpoint, _LET, actor.oem_id, endpoint_id)
        if found is None:
            raise Conflict("endpoint_not_stopped")
        await note(tx, actor, await tx.now(), "webhook.let", found)
        return found


async def test(actor: Actor, endpoint_id: UUID) -> None:
    """Send it a test, which stands in its log; raises `NotFound`, `Conflict` (`endpoint_stopped`)."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        found = await endpoint(tx, actor, endpoint_id)
        if found.disabled_at is not None:
            raise Conflict("endpoint_stopped")
        await tell_test(tx, actor.oem_id, endpoint_id, found.name, new_id())


async def note(tx: Transaction, actor: Actor, at: datetime, action: str, about: Endpoint) -> None:
    """Write down who has done what with an endpoint."""
    entry = AuditEntry(action=action, entity="webhook", entity_id=about.id, dealer_id=about.dealer_id)
    await append(tx, actor, at, entry)


def _ordered(kinds: Sequence[EventKind]) -> list[str]:
    return [kind.value for kind in OFFERED if kind in kinds]


async def _require_room(tx: Transaction, oem_id: int) -> None:
    if await tx.value(_COUNT, oem_id) >= MOST:
        raise Conflict("too_many_endpoints", {"limit": MOST})


def _check(name: str, kinds: list[EventKind]) -> None:
    problems = line_problems("name", name, LONGEST_NAME)
    if not kinds:
        problems.append(FieldError("kinds", "required"))
    elif set(kinds) - set(OFFERED):
        problems.append(FieldError("kinds", "unknown_value"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
