"""Scope and actor: in whose name the database is asked, and who stands behind it (R9.1)."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from shared.errors import Forbidden, NotFound
from shared.permissions import Permission, Role, may


class DbRole(StrEnum):
    """The database roles; what each may see and write stands in `shared/db/manifest.py`."""

    DEALER = "t_dealer"
    REGION = "t_region"
    OEM = "t_oem"
    PORTAL = "t_portal"
    AUTH = "t_auth"
    PLATFORM = "t_platform"
    SYSTEM = "t_system"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one transaction may see: a database role and the ids its policies compare with.

    Made by the class methods only, so that each role carries exactly the ids it needs.
    """

    role: DbRole
    oem_id: int | None = None
    dealer_ids: tuple[int, ...] = ()
    case_id: UUID | None = None

    @classmethod
    def dealer(cls, oem_id: int, dealer_id: int) -> "Scope":
        """One dealer of one OEM."""
        return cls(DbRole.DEALER, oem_id, (dealer_id,))

    @classmethod
    def region(cls, oem_id: int, dealer_ids: tuple[int, ...]) -> "Scope":
        """The dealers of a regional manager or a dealer group; an empty list sees nothing."""
        return cls(DbRole.REGION, oem_id, tuple(sorted(dealer_ids)))

    @classmethod
    def oem(cls, oem_id: int) -> "Scope":
        """One whole OEM."""
        return cls(DbRole.OEM, oem_id)

    @classmethod
    def portal(cls, oem_id: int, case_id: UUID) -> "Scope":
        """One case, for its owner without an account."""
        return cls(DbRole.PORTAL, oem_id, case_id=case_id)

    @classmethod
    def auth(cls) -> "Scope":
        """Sign-in, sessions, keys and tokens: definer functions only."""
        return cls(DbRole.AUTH)

    @classmethod
    def platform(cls) -> "Scope":
        """The platform operator: creates OEMs, sees no case."""
        return cls(DbRole.PLATFORM)

    @classmethod
    def system(cls) -> "Scope":
        """The worker's sweep and claims; every other background work takes a tenant scope."""
        return cls(DbRole.SYSTEM)


class ActorKind(StrEnum):
    """What kind of someone acts."""

    PERSON = "person"
    API_KEY = "api_key"
    CLI = "cli"
    SYSTEM = "system"
    CUSTOMER = "customer"
    """The car owner, by a link; `Actor.id` is the customer's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role and scope.

    `id` is the membership's id for a person and the key's id for an API key; None for the system and the
    command line. `name` is what timelines show. A customer has no account and acts on one case alone.
    """

    kind: ActorKind
    role: Role
    scope: Scope
    name: str
    id: UUID | None = None
    account_id: UUID | None = None
    locale: str = "zh-CN"
    time_zone: str = "Asia/Shanghai"
    request_id: str | None = field(default=None, compare=False)

    @property
    def oem_id(self) -> int:
        """The OEM acted in; only a tenant's actor has one."""
        if self.scope.oem_id is None:
            raise Forbidden("no_tenant")
        return self.scope.oem_id

    @property
    def membership_id(self) -> UUID | None:
        """The person's membership, None for anything that is not a person."""
        return self.id if self.kind is ActorKind.PERSON else None

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role grants it."""
        return may(self.role, permission)

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` (code `not_permitted`) unless the role grants it."""
        if not self.may(permission):
            raise Forbidden("not_permitted", {"permission": permission, "role": self.role})

    def hide_without(self, permission: Permission) -> None:
        """Raise `NotFound` unless the role grants it: what one does not keep, one is not told to exist."""
        if not self.may(permission):
            raise NotFound("not_found")

    @classmethod
    def system(cls, oem_id: int) -> "Actor":
        """The product itself acting inside one OEM (event handlers, month end)."""
        return cls(ActorKind.SYSTEM, Role.ADMINISTRATOR, Scope.oem(oem_id), "Huiyin")

    @classmethod
    def cli(cls, oem_id: int, user: str) -> "Actor":
        """A person at the command line, acting for one OEM."""
        return cls(ActorKind.CLI, Role.ADMINISTRATOR, Scope.oem(oem_id), f"cli:{user}")
