"""Staff: who works where, asking people in, changing and ending what they are."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.api.cases.schemas import example
from services.api.parameters import Cursor
from services.api.staff.schemas import (
    AbilitiesWanted,
    Active,
    Invitations,
    InvitationWanted,
    Leaving,
    PageSize,
    PostWanted,
    Returning,
    Roles,
    RolesGiven,
    Text,
)
from shared.notifications.links import Links
from shared.onboarding import abilities, changes, invitations, roster
from shared.onboarding.invitations import Invitation, NewInvitation
from shared.onboarding.roster import StaffFilter, StaffMember, StaffPage
from shared.permissions import Permission, given_by
from shared.tenancy import Actor

_TAGS = ["Staff"]


@get("/staff", tags=_TAGS, summary="Staff", operation_id="listStaff")
async def list_staff(
    actor: NamedDependency[Actor],
    active: Active = True,  # noqa: FBT002  # a query parameter, always named
    roles: Roles = None,
    dealer_id: FromQuery[list[int] | None] = None,
    q: Text = "",
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> StaffPage:
    """People of one's reach by name: the dealer's for its station head, everybody for the administrator."""
    wanted = StaffFilter(active=active, text=q, roles=tuple(roles or ()), dealer_ids=tuple(dealer_id or ()))
    return await roster.staff_page(actor, wanted, cursor=cursor, limit=limit)


@get("/staff/roles", tags=_TAGS, summary="Roles one may give", operation_id="listRoles", sync_to_thread=False)
def list_roles(actor: NamedDependency[Actor]) -> RolesGiven:
    """The roles the caller may give to others."""
    actor.require(Permission.STAFF_MANAGE)
    return RolesGiven(given_by(actor.role))


@get("/staff/{membership_id:uuid}", tags=_TAGS, summary="Somebody", operation_id="getStaff")
async def get_staff(actor: NamedDependency[Actor], membership_id: FromPath[UUID]) -> StaffMember:
    """One person's place."""
    return await roster.staff_member(actor, membership_id)


@put("/staff/{membership_id:uuid}", tags=_TAGS, summary="Change a post", operation_id="changeStaff")
async def change_staff(
    actor: NamedDependency[Actor],
    membership_id: FromPath[UUID],
    data: Annotated[PostWanted, example("A promotion", version=1, role="service_manager", dealer_id=17)],
) -> StaffMember:
    """Give somebody another role, dealer or regions."""
    return await changes.change_post(
        actor, membership_id, data.post, version=data.version, hand_over=data.hand_over
    )


@put(
    "/staff/{membership_id:uuid}/abilities",
    tags=_TAGS,
    summary="What somebody can do",
    operation_id="setAbilities",
)
async def set_abilities(
    actor: NamedDependency[Actor],
    membership_id: FromPath[UUID],
    data: Annotated[
        AbilitiesWanted,
        example(
            "A high-voltage technician",
            version=1,
            abilities={
                "department": "technical_support",
                "skills": ["高压电"],
                "duty": [{"weekday": 5, "since": "09:00:00", "until": "18:00:00"}],
            },
        ),
    ],
) -> StaffMember:
    """Department, skills and hours on duty: assignment rules choose by them."""
    return await abilities.set_abilities(actor, membership_id, data.abilities, version=data.version)


@post(
    "/staff/{membership_id:uuid}/deactivation",
    tags=_TAGS,
    summary="Take a place away",
    operation_id="deactivateStaff",
    status_code=200,
)
async def deactivate_staff(
    actor: NamedDependency[Actor],
    membership_id: FromPath[UUID],
    data: Annotated[Leaving, example("Has left", version=1, reason="已离职")],
) -> StaffMember:
    """End somebody's sessions at once and hand all open cases over."""
    return await changes.deactivate_staff(
        actor, membership_id, version=data.version, hand_over=data.hand_over
    )


@post(
    "/staff/{membership_id:uuid}/reactivation",
    tags=_TAGS,
    summary="Give a place back",
    operation_id="reactivateStaff",
    status_code=200,
)
async def reactivate_staff(
    actor: NamedDependency[Actor],
    membership_id: FromPath[UUID],
    data: Annotated[Returning, example("Is back", version=2)],
) -> StaffMember:
    """Let somebody sign in again, as before."""
    return await changes.reactivate_staff(actor, membership_id, version=data.version)


@get("/invitations", tags=_TAGS, summary="Invitations", operation_id="listInvitations")
async def list_invitations(actor: NamedDependency[Actor]) -> Invitations:
    """The invitations that have been neither accepted nor withdrawn."""
    return Invitations(await invitations.invitations(actor))


@post("/invitations", tags=_TAGS, summary="Ask somebody in", operation_id="invite")
async def invite(
    actor: NamedDependency[Actor],
    links: NamedDependency[Links],
    data: Annotated[
        InvitationWanted,
        example(
            "A service advisor", email="wang.ceshi@example.com", name="王测试", role="advisor", dealer_id=17
        ),
    ],
) -> Invitation:
    """Send an e-mail with a link that works once, for seven days."""
    wanted = NewInvitation(
        email=data.email,
        name=data.name,
        role=data.role,
        dealer_id=data.dealer_id,
        region_ids=data.region_ids,
        phone=data.phone,
        locale=data.locale,
    )
    return await invitations.invite(actor, wanted, links)


@post(
    "/invitations/{invitation_id:uuid}/renewal",
    tags=_TAGS,
    summary="Send it again",
    operation_id="renewInvitation",
    status_code=200,
)
async def renew(
    actor: NamedDependency[Actor], links: NamedDependency[Links], invitation_id: FromPath[UUID]
) -> Invitation:
    """Send a fresh link; the one before stops working."""
    return await invitations.renew_invitation(actor, invitation_id, links)


@delete(
    "/invitations/{invitation_id:uuid}", tags=_TAGS, summary="Withdraw it", operation_id="revokeInvitation"
)
async def revoke(actor: NamedDependency[Actor], invitation_id: FromPath[UUID]) -> None:
    """Make the link useless."""
    await invitations.revoke_invitation(actor, invitation_id)


HANDLERS = [
    list_staff,
    list_roles,
    get_staff,
    change_staff,
    set_abilities,
    deactivate_staff,
    reactivate_staff,
    list_invitations,
    invite,
    renew,
    revoke,
]
