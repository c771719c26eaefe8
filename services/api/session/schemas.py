"""What goes in and out of the session routes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from shared.accounts.service import MembershipChoice, SignedIn
from shared.permissions import PERMISSIONS, Permission, Role
from shared.tenancy import Actor, ActorKind


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """E-mail address and password of a person."""

    email: Annotated[str, msgspec.Meta(max_length=254, examples=["li.na@example.com"])]
    password: Annotated[str, msgspec.Meta(max_length=1000, examples=["correct horse battery"])]


class PlaceWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The membership to act in; null is the platform operator's place."""

    membership_id: UUID | None


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts and what the role may do; `dealer_ids` are what a role of a dealer or region reaches."""

    kind: ActorKind
    name: str
    role: Role
    permissions: list[Permission]
    oem_id: int | None
    dealer_ids: list[int]
    locale: str
    time_zone: str
    membership_id: UUID | None


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh session: send `token` as `Authorization: Bearer …`; it is shown this once."""

    token: Annotated[str, msgspec.Meta(examples=["hs_3q2-7wAAExampleExampleExampleExampleExampleEx"])]
    expires_at: datetime
    actor: WhoAmI
    memberships: list[MembershipChoice]


def who(actor: Actor) -> WhoAmI:
    """The actor as the API tells it."""
    return WhoAmI(
        kind=actor.kind,
        name=actor.name,
        role=actor.role,
        permissions=sorted(PERMISSIONS[actor.role]),
        oem_id=actor.scope.oem_id,
        dealer_ids=list(actor.scope.dealer_ids),
        locale=actor.locale,
        time_zone=actor.time_zone,
        membership_id=actor.membership_id,
    )


def opened(signed_in: SignedIn) -> SessionOpened:
    """A session just opened or moved, as the API tells it."""
    return SessionOpened(
        token=signed_in.token,
        expires_at=signed_in.expires_at,
        actor=who(signed_in.actor),
        memberships=signed_in.memberships,
    )
