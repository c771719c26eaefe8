"""Policy data in immutable versions: the newest valid one applies (R4.1: per OEM, overridable per dealer).

Versions are read often and never change, so their bodies and what packages decode from them are kept per
process. What is kept is found only by a version that the open transaction has just been shown: a scope that
may not see a policy gets nothing from it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from shared.audit.log import AuditEntry, append
from shared.db.engine import ENGINE, Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.permissions import Permission
from shared.tenancy import Actor, Scope

Decoded = TypeVar("Decoded")

OF_OEM: Final = 0
"""In place of a dealer: what holds for the OEM's dealers that have none of their own."""
SUPPLIED: Final = 0
"""The version of what comes with the product, in force until an OEM publishes its own."""


class PolicyName(StrEnum):
    """The kinds of policy data."""

    CLASSIFICATION = "classification"
    CHANNELS = "channels"
    CLOCKS = "clocks"
    CALENDAR = "calendar"
    AUTHORITY = "authority"
    FOLLOW_UP = "follow_up"
    CONSENT = "consent"
    MAJOR = "major"
    RISK_PERIODS = "risk_periods"
    ASSIGNMENT = "assignment"
    MAJOR_PERSONS = "major_persons"
    MESSAGES = "messages"
    TEXTS = "texts"


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version; `body` is its JSON, `dealer_id` is `OF_OEM` unless a dealer overrides the OEM."""

    dealer_id: int
    version: int
    body: bytes


class _Version(msgspec.Struct, frozen=True):
    name: PolicyName
    dealer_id: int
    version: int
    valid_from: datetime


# A version number whose publication was rolled back is given again, with another instant: hence `valid_from`.
_Key = tuple[int, PolicyName, int, int, datetime]

KEPT_VERSIONS: Final = 2_000
"""How many versions a process keeps; beyond that the one kept longest goes."""


class _Kept:
    """Bodies and decoded objects of versions of one database."""

    def __init__(self) -> None:
        self.pool: Any = None
        self.bodies: dict[_Key, bytes] = {}
        self.decoded: dict[tuple[_Key, Callable[[bytes], Any]], Any] = {}

    def follow(self, pool: Any) -> None:
        """Forget everything when the process has turned to another database."""
        if pool is not self.pool:
            self.pool = pool
            self.bodies.clear()
            self.decoded.clear()


_kept = _Kept()

_SEEN_AT: Final = f"{__name__}.seen_at"

# All kinds at once: whoever needs one in a transaction soon needs the others.
_CURRENT = """
SELECT DISTINCT ON (name, dealer_id) name, dealer_id, version, valid_from FROM policies
WHERE oem_id = $1 AND dealer_id = ANY ($2::bigint[]) AND valid_from <= $3
ORDER BY name, dealer_id, version DESC
"""
_BODY = "SELECT body::text FROM policies WHERE oem_id = $1 AND dealer_id = $2 AND name = $3 AND version = $4"


async def current(tx: Transaction, oem_id: int, name: PolicyName, dealer_id: int = OF_OEM) -> PolicyVersion:
    """The newest version valid at the transaction's instant: the dealer's own, else the OEM's.

    Raises `NotFound` (`policy_missing`) where nothing is published yet.
    """
    version, key = await _current(tx, oem_id, name, dealer_id)
    return PolicyVersion(dealer_id=version.dealer_id, version=version.version, body=await _body(tx, key))


async def decoded(
    tx: Transaction,
    oem_id: int,
    name: PolicyName,
    decode: Callable[[bytes], Decoded],
    dealer_id: int = OF_OEM,
) -> tuple[int, Decoded]:
    """The version number and what `decode` makes of the body of `current`.

    The result is kept by version and `decode`: let that be a function of a module (no lambda made anew) and
    its result immutable.
    """
    version, key = await _current(tx, oem_id, name, dealer_id)
    return version.version, await _decoded(tx, key, decode)


async def whose(tx: Transaction, oem_id: int, name: PolicyName, dealer_id: int) -> int:
    """Whose version `current` is: the dealer's own, or the OEM's (0); raises as it does."""
    version, _ = await _current(tx, oem_id, name, dealer_id)
    return version.dealer_id


async def decoded_or(
    tx: Transaction,
    oem_id: int,
    name: PolicyName,
    decode: Callable[[bytes], Decoded],
    supplied: Callable[[], Decoded],
) -> tuple[int, Decoded]:
    """As `decoded`; `SUPPLIED` and what is supplied where the OEM has published nothing."""
    try:
        return await decoded(tx, oem_id, name, decode)
    except NotFound:
        return SUPPLIED, supplied()


_IN_FORCE = """
SELECT DISTINCT ON (dealer_id) name, dealer_id, version, valid_from FROM policies
WHERE oem_id = $1 AND name = $2 AND valid_from <= $3
ORDER BY dealer_id, version DESC
"""
_BODIES = """
SELECT dealer_id, version, body::text FROM policies
WHERE oem_id = $1 AND name = $2 AND (dealer_id, version) IN (SELECT * FROM unnest($3::bigint[], $4::int[]))
"""


class _StoredBody(msgspec.Struct, frozen=True):
    dealer_id: int
    version: int
    body: str


async def decoded_of_all(
    tx: Transaction, oem_id: int, name: PolicyName, decode: Callable[[bytes], Decoded]
) -> dict[int, Decoded]:
    """What is in force for the OEM (0) and each dealer of the scope that overrides it; as `decoded`.

    One statement, and a second one for the versions that this process has not met yet.
    """
    _kept.follow(ENGINE.pool)
    found = await tx.rows(_Version, _IN_FORCE, oem_id, name.value, await _seen_at(tx))
    keys: list[_Key] = [(oem_id, name, each.dealer_id, each.version, each.valid_from) for each in found]
    missing = {key[2:4]: key for key in keys if (key, decode) not in _kept.decoded}
    made = {key: _kept.decoded[key, decode] for key in keys if (key, decode) in _kept.decoded}
    if missing:
        places, numbers = zip(*missing, strict=True)
        for each in await tx.rows(_StoredBody, _BODIES, oem_id, name.value, places, numbers):
            key = missing[each.dealer_id, each.version]
            made[key] = decode(each.body.encode())
            _keep(_kept.decoded, (key, decode), made[key])
    return {key[2]: made[key] for key in keys}


async def versions_in_force(tx: Transaction, oem_id: int, name: PolicyName) -> dict[int, int]:
    """The version in force for the OEM (0) and for each dealer of the scope that overrides it."""
    found = await tx.rows(_Version, _IN_FORCE, oem_id, name.value, await _seen_at(tx))
    return {each.dealer_id: each.version for each in found}


class StoredVersion(msgspec.Struct, frozen=True):
    """One version of the OEM's own or of one dealer's, without its body."""

    version: int
    valid_from: datetime
    created_by: str


_VERSIONS = """
SELECT version, valid_from, created_by FROM policies
WHERE oem_id = $1 AND dealer_id = $2 AND name = $3 ORDER BY version DESC LIMIT $4
"""
_VERSION = """
SELECT version, valid_from, created_by FROM policies
WHERE oem_id = $1 AND dealer_id = $2 AND name = $3 AND version = $4
"""


async def versions(
    tx: Transaction, oem_id: int, name: PolicyName, dealer_id: int = OF_OEM, *, most: int = 200
) -> list[StoredVersion]:
    """The versions of the OEM (0) or of one dealer, the newest first."""
    return await tx.rows(StoredVersion, _VERSIONS, oem_id, dealer_id, name.value, most)


async def version_of(
    tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int = OF_OEM
) -> tuple[StoredVersion, bytes]:
    """One version of the OEM (0) or of one dealer with its body; raises `NotFound`."""
    _kept.follow(ENGINE.pool)
    stored = await _stored(tx, oem_id, name, version, dealer_id)
    return stored, await _body(tx, (oem_id, name, dealer_id, stored.version, stored.valid_from))


async def _stored(
    tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int
) -> StoredVersion:
    stored = await tx.row(StoredVersion, _VERSION, oem_id, dealer_id, name.value, version)
    if stored is None:
        raise NotFound("not_found")
    return stored


async def decoded_version(
    tx: Transaction,
    oem_id: int,
    name: PolicyName,
    decode: Callable[[bytes], Decoded],
    version: int,
    dealer_id: int = OF_OEM,
) -> Decoded:
    """What `decode` makes of one version of the OEM or of one dealer, kept as by `decoded`.

    Raises `NotFound`.
    """
    _kept.follow(ENGINE.pool)
    stored = await _stored(tx, oem_id, name, version, dealer_id)
    return await _decoded(tx, (oem_id, name, dealer_id, stored.version, stored.valid_from), decode)


_OVERRIDING = """
SELECT DISTINCT dealer_id FROM policies WHERE oem_id = $1 AND dealer_id <> 0 AND name = ANY ($2::text[])
"""


async def dealers_with_their_own(tx: Transaction, oem_id: int, names: Sequence[PolicyName]) -> set[int]:
    """The dealers of the scope that override the OEM in one of these policies, now or in a while."""
    return set(await tx.values(_OVERRIDING, oem_id, [name.value for name in names]))


_NEWEST = """
SELECT coalesce(max(version), 0) FROM policies WHERE oem_id = $1 AND dealer_id = $2 AND name = $3
"""
_PUBLISH = """
INSERT INTO policies (oem_id, dealer_id, name, version, body, valid_from, created_by)
SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, greatest(max(valid_from), $5), $6
FROM policies WHERE oem_id = $1 AND dealer_id = $2 AND name = $3
RETURNING version
"""


async def hold(tx: Transaction, oem_id: int) -> None:
    """Keep others from publishing until the transaction ends, so that no number is taken twice.

    What others published while this waited is seen from here on, although it is younger than the transaction.
    """
    await tx.execute("SELECT 1 FROM oems WHERE id = $1 FOR UPDATE", oem_id)
    tx.remembered[_SEEN_AT] = await tx.value("SELECT greatest($1, clock_timestamp())", await tx.now())
    tx.remembered.pop(__name__, None)


async def hold_at(
    tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int = OF_OEM
) -> None:
    """`hold` for a change that was made from `version` of the OEM (0) or of a dealer; 0: of none.

    Raises `Conflict` (`stale_version`) when another version is the newest, be it valid yet or not.
    """
    await hold(tx, oem_id)
    newest = int(await tx.value(_NEWEST, oem_id, dealer_id, name.value))
    if newest != version:
        raise Conflict("stale_version", {"current": newest})


async def publish(
    tx: Transaction,
    actor: Actor,
    name: PolicyName,
    body: bytes,
    *,
    dealer_id: int = OF_OEM,
    valid_from: datetime | None = None,
    fields: Sequence[str] = (),
) -> int:
    """Publish a new version, valid from the transaction's instant unless told otherwise; its number.

    It is never valid earlier than the version before it.
    `body` is JSON that its package has checked; `fields` names what changed, for the log. Needs OEM scope
    and `Permission.TENANT_MANAGE`.
    """
    actor.require(Permission.TENANT_MANAGE)
    now = await tx.now()
    await hold(tx, actor.oem_id)
    version = await tx.value(
        _PUBLISH, actor.oem_id, dealer_id, name.value, msgspec.Raw(body), valid_from or now, actor.name
    )
    entry = AuditEntry(
        action="policy.publish",
        entity="policy",
        entity_id=f"{name.value}/{version}",
        dealer_id=dealer_id,
        fields=fields,
    )
    await append(tx, actor, now, entry)
    tx.remembered.pop(__name__, None)
    return int(version)


async def replace(
    actor: Actor,
    name: PolicyName,
    policy: msgspec.Struct,
    problems: Sequence[FieldError],
    *,
    version: int,
) -> int:
    """Publish for the OEM what was edited from `version`, unless there are problems; the new number.

    Raises `Forbidden`, `Invalid` with the problems, `Conflict` (`stale_version`) when another version is the
    newest.
    """
    actor.require(Permission.TENANT_MANAGE)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    body = msgspec.json.encode(policy)
    # What cannot be read again would keep everybody from working: better an error here than there.
    msgspec.json.decode(body, type=type(policy))
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await hold_at(tx, actor.oem_id, name, version)
        return await publish(tx, actor, name, body)


async def _current(tx: Transaction, oem_id: int, name: PolicyName, dealer_id: int) -> tuple[_Version, _Key]:
    _kept.follow(ENGINE.pool)
    known: dict[tuple[PolicyName, int], _Version | None] = tx.remembered.setdefault(__name__, {})
    if (name, dealer_id) not in known:
        places = {0, dealer_id, *tx.ahead.expected("dealer")}
        known |= dict.fromkeys([(each, place) for each in PolicyName for place in places])
        found = await tx.rows(_Version, _CURRENT, oem_id, sorted(places), await _seen_at(tx))
        known |= {(each.name, each.dealer_id): each for each in found}
    version = known[name, dealer_id] or known[name, 0]
    if version is None:
        raise NotFound("policy_missing", {"policy": name.value})
    return version, (oem_id, name, version.dealer_id, version.version, version.valid_from)


async def _seen_at(tx: Transaction) -> datetime:
    held: datetime | None = tx.remembered.get(_SEEN_AT)
    return held or await tx.now()


async def _decoded(tx: Transaction, key: _Key, decode: Callable[[bytes], Decoded]) -> Decoded:
    kept = (key, decode)
    if kept not in _kept.decoded:
        _keep(_kept.decoded, kept, decode(await _body(tx, key)))
    return _kept.decoded[kept]


async def _body(tx: Transaction, key: _Key) -> bytes:
    if key not in _kept.bodies:
        oem_id, name, dealer_id, version, _ = key
        text = await tx.value(_BODY, oem_id, dealer_id, name.value, version)
        _keep(_kept.bodies, key, text.encode())
    return _kept.bodies[key]


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= KEPT_VERSIONS:
        del cache[next(iter(cache))]
    cache[key] = value
