"""What goes in and out of the staff routes."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from shared.onboarding.abilities import Abilities
from shared.onboarding.changes import HandOver
from shared.onboarding.invitations import Invitation
from shared.onboarding.staff import Post
from shared.permissions import Role

LONGEST_PAGE: Final = 200
_DealerId = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1, examples=[17])]
_RegionIds = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)], ...], msgspec.Meta(max_length=200)
]
Version = Annotated[
    int,
    msgspec.Meta(
        ge=1,
        le=2**31 - 1,
        description="The version this was decided on; 409 `stale_version` when it has changed.",
        examples=[1],
    ),
]
Text = Annotated[str, QueryParameter(max_length=100, description="Part of a name or an e-mail address.")]
Active = Annotated[
    bool | None, QueryParameter(description="Who works here, or who has left.", required=False)
]
PageSize = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="People per page.")]
# `role` could be taken for one's own.
Roles = Annotated[list[Role] | None, QueryParameter(name="role")]


class AbilitiesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody can do, as it shall be."""

    version: Version
    abilities: Abilities


class PostWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another post for somebody: dealer roles need `dealer_id`, regional managers `region_ids`.

    Open cases that the person may not handle any more go to `hand_over_to`, or without it each to whom it
    would come in new.
    """

    version: Version
    role: Role
    dealer_id: _DealerId = 0
    region_ids: _RegionIds = ()
    hand_over_to: UUID | None = None
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""

    @property
    def post(self) -> Post:
        """The post as the product has it."""
        return Post(role=self.role, dealer_id=self.dealer_id, region_ids=self.region_ids)

    @property
    def hand_over(self) -> HandOver:
        """Who gets the open cases."""
        return HandOver(to=self.hand_over_to, reason=self.reason)


class Leaving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Taking a place away; the open cases as in a change of post."""

    version: Version
    hand_over_to: UUID | None = None
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""

    @property
    def hand_over(self) -> HandOver:
        """Who gets the open cases."""
        return HandOver(to=self.hand_over_to, reason=self.reason)


class Returning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Giving a place back."""

    version: Version


class InvitationWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to ask in, as what and where; `locale` is the OEM's unless given."""

    email: Annotated[str, msgspec.Meta(max_length=254, examples=["wang.ceshi@example.com"])]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, examples=["王测试"])]
    role: Role
    dealer_id: _DealerId = 0
    region_ids: _RegionIds = ()
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    locale: Annotated[str, msgspec.Meta(max_length=10)] | None = None


class Invitations(msgspec.Struct, frozen=True):
    """The invitations that wait, newest first."""

    items: list[Invitation]


class RolesGiven(msgspec.Struct, frozen=True):
    """The roles one may give to others."""

    items: list[Role]
