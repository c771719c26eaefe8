"""Who may give how much: authority limits as policy data (R3.2, pure but for reading the policy).

A limit is the largest amount, in minor units of the policy's currency, that a role may give of a kind, or
approve for others. A role that is not named may give nothing.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.cases.work_vocabulary import CompensationKind
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.permissions import Role
from shared.tenants import policies
from shared.tenants.policies import PolicyName

CHAIN: Final = (
    Role.SERVICE_MANAGER,
    Role.STATION_HEAD,
    Role.REGIONAL_MANAGER,
    Role.HEAD_OFFICE,
    Role.ADMINISTRATOR,
)
"""Who is asked for an approval, the lowest first (R3.2)."""


class RoleLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a role may give: `amount_minor` of every kind, unless `kinds` names another amount."""

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
        """Whether the role may give that much by itself."""
        limit = self.limits.get(role)
        return limit is not None and amount_minor <= limit.of(kind)

    def approver(self, kind: CompensationKind, amount_minor: int) -> Role | None:
        """The lowest role of the chain whose limit suffices; None when nobody's does."""
        return next((role for role in CHAIN if self.allows(role, kind, amount_minor)), None)


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


async def authority(tx: Transaction, oem_id: int) -> Authority:
    """The limits in force; an OEM that has published none works by the defaults."""
    try:
        _, found = await policies.decoded(tx, oem_id, PolicyName.AUTHORITY, _decode)
    except NotFound:
        return default_authority()
    return found


def _decode(body: bytes) -> Authority:
    return msgspec.json.decode(body, type=Authority)
