"""Who may give how much: authority limits as policy data (R3.2).

A limit is the largest amount, in minor units of the policy's currency, that a case may get of a kind within a
cycle by what a role gives, or approves for others. A role that is not named may give nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from babel.numbers import list_currencies

from shared.cases.work_views import CompensationView
from shared.cases.work_vocabulary import CompensationKind, CompensationState
from shared.db.engine import Transaction, transaction
from shared.errors import FieldError
from shared.permissions import Permission, Role
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName

MOST_MINOR: Final = 10**15

CHAIN: Final = (
    Role.SERVICE_MANAGER,
    Role.STATION_HEAD,
    Role.REGIONAL_MANAGER,
    Role.HEAD_OFFICE,
    Role.ADMINISTRATOR,
)
"""Who is asked for an approval, the lowest first (R3.2)."""


class RoleLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a role may give a case: `amount_minor` of every kind, unless `kinds` names another amount."""

    amount_minor: int
    kinds: dict[CompensationKind, int] = {}

    def of(self, kind: CompensationKind) -> int:
        """The largest amount of this kind."""
        return self.kinds.get(kind, self.amount_minor)


class Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of one OEM, all in one currency (ISO 4217)."""

    currency: str
    limits: dict[Role, RoleLimit]

    def allows(self, role: Role, kind: CompensationKind, amount_minor: int) -> bool:
        """Whether a case may get that much in all by the role alone; see `given_of`."""
        limit = self.limits.get(role)
        return limit is not None and amount_minor <= limit.of(kind)

    def approver(self, kind: CompensationKind, amount_minor: int) -> Role | None:
        """The lowest role of the chain whose limit suffices; None when nobody's does."""
        return next((role for role in CHAIN if self.allows(role, kind, amount_minor)), None)


# What was declined or dropped is not given.
_COUNTS: Final = frozenset({CompensationState.ASKED, CompensationState.APPROVED, CompensationState.GIVEN})


def given_of(
    compensations: Iterable[CompensationView], kind: CompensationKind, currency: str, since: datetime | None
) -> int:
    """What those of a case make of a kind in all, given, approved or asked for since its cycle began."""
    return sum(
        each.amount_minor
        for each in compensations
        if (each.kind, each.currency) == (kind, currency)
        and each.state in _COUNTS
        and (since is None or each.created_at >= since)
    )


def up_to(compensations: Iterable[CompensationView], wanted: CompensationView, since: datetime | None) -> int:
    """What has to be within the limit of whoever approves `wanted`: it, and what was wanted before it.

    `since` is when the present cycle began, None for the first.
    """
    before = [each for each in compensations if (each.created_at, each.id) < (wanted.created_at, wanted.id)]
    return given_of(before, wanted.kind, wanted.currency, since) + wanted.amount_minor


_YUAN: Final = 100
# In cash, staff may give less than in kind.
_DEFAULTS: Final[Mapping[Role, tuple[int, int]]] = {
    Role.ADVISOR: (500, 0),
    Role.CUSTOMER_RELATIONS: (1_000, 200),
    Role.CAC_AGENT: (1_000, 200),
    Role.SERVICE_MANAGER: (3_000, 1_000),
    Role.STATION_HEAD: (10_000, 5_000),
    Role.REGIONAL_MANAGER: (50_000, 20_000),
    Role.HEAD_OFFICE: (1_000_000, 1_000_000),
    Role.ADMINISTRATOR: (1_000_000, 1_000_000),
}


def default_authority(currency: str = "CNY") -> Authority:
    """The limits of a new OEM. A station head's is the amount above which a case is major (R2.6)."""
    return Authority(
        currency=currency,
        limits={
            role: RoleLimit(amount_minor=amount * _YUAN, kinds={CompensationKind.CASH: cash * _YUAN})
            for role, (amount, cash) in _DEFAULTS.items()
        },
    )


class AuthorityLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits in force; `version` is 0 while the OEM has published none."""

    version: int
    authority: Authority


async def authority(tx: Transaction, oem_id: int) -> Authority:
    """The limits in force; an OEM that has published none works by the defaults."""
    return (await _in_force(tx, oem_id)).authority


async def authority_limits(actor: Actor) -> AuthorityLimits:
    """The limits and their version; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        return await _in_force(tx, actor.oem_id)


async def publish(actor: Actor, wanted: Authority, *, version: int) -> AuthorityLimits:
    """Let other limits hold; what was granted or asked for before stays as it is.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`) when they
    have changed since `version`.
    """
    new = await policies.replace(actor, PolicyName.AUTHORITY, wanted, problems_of(wanted), version=version)
    return AuthorityLimits(version=new, authority=wanted)


def problems_of(wanted: Authority) -> list[FieldError]:
    """What keeps limits from being published; fields as `limits.<role>.<kind or amount_minor>`."""
    problems: list[FieldError] = []
    if wanted.currency not in list_currencies():
        problems.append(FieldError("currency", "unknown_value"))
    for role, limit in wanted.limits.items():
        amounts = {"amount_minor": limit.amount_minor} | {k.value: each for k, each in limit.kinds.items()}
        problems += [
            FieldError(f"limits.{role.value}.{name}", "out_of_range", {"least": 0, "most": MOST_MINOR})
            for name, amount in amounts.items()
            if not 0 <= amount <= MOST_MINOR
        ]
    return problems


async def _in_force(tx: Transaction, oem_id: int) -> AuthorityLimits:
    version, found = await policies.decoded_or(tx, oem_id, PolicyName.AUTHORITY, _decode, default_authority)
    return AuthorityLimits(version=version, authority=found)


def _decode(body: bytes) -> Authority:
    return msgspec.json.decode(body, type=Authority)
