"""The pages about staff: the list, asking people in, changing what they are, taking a place away."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.account.absences import absence_of, absence_rows, last_moment
from services.admin.addresses import next_page
from services.admin.forms import fields_of, identifier, many_of, refused, whole_number
from services.admin.pages import fragment, go, is_fragment, links_of, whole_page
from services.admin.session import AnyRequest, FromSession, Reader
from services.admin.staff.abilities import abilities_of, duty_rows, typed
from services.admin.staff.choices import (
    Network,
    dealer_choices,
    heirs,
    network,
    post_choices,
    post_of,
    role_choices,
)
from services.admin.staff.models import InvitationRow, InvitePage, MemberPage, StaffPage, StaffRow
from shared.clock import utc_now
from shared.errors import AppError, NotFound
from shared.onboarding import abilities, absences, changes, invitations, roster
from shared.onboarding.changes import HandOver
from shared.onboarding.invitations import NewInvitation
from shared.onboarding.roster import StaffFilter, StaffMember
from shared.permissions import DEALER_ROLES, Permission, Role, may_give
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab
from shared.web.labels import label
from shared.web.locale import msgid, translator

PAGE_LENGTH: Final = 50
_VIEWS: Final[Mapping[str, str]] = {
    "active": msgid("Working here"),
    "invited": msgid("Invited"),
    "left": msgid("Left"),
}


@get("/staff")
async def staff(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The people of one view by name; htmx asks for more rows at the end."""
    reader.actor.require(Permission.STAFF_MANAGE)
    known = await network(reader)
    model = await _staff_page(request, reader, known)
    if is_fragment(request):
        return fragment(request, reader, utc_now(), "staff/_rows.html", page=model)
    return await whole_page(request, reader, "staff/staff.html", "staff", page=model)


@get("/staff/invite")
async def invite_page(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form to ask somebody in."""
    reader.actor.require(Permission.STAFF_MANAGE)
    return await _invite(request, reader)


@post("/staff/invite")
async def invite(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Send the invitation."""
    reader.actor.require(Permission.STAFF_MANAGE)
    fields = await fields_of(request)
    region_ids = await many_of(request, "region_ids")
    try:
        wanted = post_of(fields, region_ids)
        new = NewInvitation(
            email=fields.get("email", ""),
            name=fields.get("name", ""),
            role=wanted.role,
            dealer_id=wanted.dealer_id,
            region_ids=wanted.region_ids,
            phone=fields.get("phone", ""),
            locale=fields.get("locale"),
        )
        await invitations.invite(reader.actor, new, links_of(request))
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _invite(request, reader, status=error.status, form=form, regions=region_ids)
    return go(request, "/staff?view=invited", "invite")


@post("/staff/invitations/{invitation_id:uuid}/renew")
async def renew(request: AnyRequest, reader: FromSession, invitation_id: FromPath[UUID]) -> Response[None]:
    """Send the invitation again, under a fresh link."""
    await invitations.renew_invitation(reader.actor, invitation_id, links_of(request))
    return go(request, "/staff?view=invited", "invite")


@post("/staff/invitations/{invitation_id:uuid}/revoke")
async def revoke(request: AnyRequest, reader: FromSession, invitation_id: FromPath[UUID]) -> Response[None]:
    """Withdraw the invitation."""
    await invitations.revoke_invitation(reader.actor, invitation_id)
    return go(request, "/staff?view=invited", "revoke")


@get("/staff/{membership_id:uuid}")
async def member(request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]) -> Response[str]:
    """One person's place."""
    found = await roster.staff_member(reader.actor, membership_id)
    return await _member(request, reader, found)


@post("/staff/{membership_id:uuid}")
async def change(
    request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Give the person another post."""
    found = await roster.staff_member(reader.actor, membership_id)
    fields = await fields_of(request)
    region_ids = await many_of(request, "region_ids")
    try:
        await changes.change_post(
            reader.actor,
            membership_id,
            post_of(fields, region_ids),
            version=whole_number(fields, "version"),
            hand_over=_hand_over(fields),
        )
    except NotFound:
        raise
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _member(request, reader, found, status=error.status, form=form, regions=region_ids)
    return go(request, f"/staff/{membership_id}", "staff")


@post("/staff/{membership_id:uuid}/abilities")
async def change_abilities(
    request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Write down what the person can do and when he is on duty."""
    found = await roster.staff_member(reader.actor, membership_id)
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await abilities.set_abilities(reader.actor, membership_id, abilities_of(fields), version=version)
    except NotFound:
        raise
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _member(request, reader, found, status=error.status, abilities_form=form)
    return go(request, f"/staff/{membership_id}", "abilities")


@post("/staff/{membership_id:uuid}/deactivate")
async def deactivate(
    request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Take the place away and hand the open cases over."""
    found = await roster.staff_member(reader.actor, membership_id)
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await changes.deactivate_staff(
            reader.actor, membership_id, version=version, hand_over=_hand_over(fields)
        )
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _member(request, reader, found, status=error.status, leaving_form=form)
    return go(request, f"/staff/{membership_id}", "deactivate")


@post("/staff/{membership_id:uuid}/reactivate")
async def reactivate(
    request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Give the place back."""
    found = await roster.staff_member(reader.actor, membership_id)
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await changes.reactivate_staff(reader.actor, membership_id, version=version)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _member(request, reader, found, status=error.status, leaving_form=form)
    return go(request, f"/staff/{membership_id}", "reactivate")


@post("/staff/{membership_id:uuid}/absences")
async def add_absence(
    request: AnyRequest, reader: FromSession, membership_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Name a substitute for somebody."""
    found = await roster.staff_member(reader.actor, membership_id)
    fields = await fields_of(request)
    try:
        await absences.add_absence(reader.actor, absence_of(fields, membership_id))
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _member(request, reader, found, status=error.status, absence_form=form)
    return go(request, f"/staff/{membership_id}", "absence")


def _hand_over(fields: Mapping[str, str]) -> HandOver:
    to = identifier(fields, "owner_id") if fields.get("owner_id") else None
    return HandOver(to=to, reason=fields.get("reason", ""))


async def _staff_page(request: AnyRequest, reader: Reader, known: Network) -> StaffPage:
    asked = {name: request.query_params.get(name) or "" for name in ("view", "q", "role", "dealer")}
    view = asked["view"] if asked["view"] in _VIEWS else "active"
    roles = role_choices(reader)
    dealers = dealer_choices(reader, known) if reader.actor.role not in DEALER_ROLES else []
    role = asked["role"] if asked["role"] in {each.value for each in roles} else ""
    dealer = asked["dealer"] if asked["dealer"] in {each.value for each in dealers} else ""
    waiting = await invitations.invitations(reader.actor)
    speak = translator(reader.locale)
    tabs = [
        Tab(
            text=speak.gettext(text),
            href=f"/staff?view={name}" if name != "active" else "/staff",
            count=len(waiting) if name == "invited" and waiting else None,
            is_current=name == view,
        )
        for name, text in _VIEWS.items()
    ]
    model = StaffPage(
        tabs=tabs, view=view, text=asked["q"], role=role, dealer=dealer, roles=roles, dealers=dealers
    )
    if view == "invited":
        now = utc_now()
        return _with(
            model,
            invitations=[
                InvitationRow(
                    id=each.id,
                    name=each.name,
                    email=each.email,
                    role=each.role,
                    place=known.place(reader, each.dealer_id, each.region_ids),
                    created_by=each.created_by,
                    expires_at=each.expires_at,
                    is_over=each.expires_at <= now,
                )
                for each in waiting
            ],
        )
    wanted = StaffFilter(
        active=view == "active",
        text=asked["q"][:100],
        roles=(Role(role),) if role else (),
        dealer_ids=(int(dealer),) if dealer else (),
    )
    cursor = request.query_params.get("cursor")
    found = await roster.staff_page(reader.actor, wanted, cursor=cursor, limit=PAGE_LENGTH)
    return _with(
        model,
        rows=[
            StaffRow(
                id=each.id,
                name=each.name,
                email=each.email,
                role=each.role,
                place=known.place(reader, each.dealer_id, each.region_ids),
                open_cases=each.open_cases,
                away_until=last_moment(each.away_until) if each.away_until else None,
                substitute=each.substitute,
            )
            for each in found.items
        ],
        more_url=next_page("/staff", asked, found.next_cursor),
    )


def _with(model: StaffPage, **values: object) -> StaffPage:
    return StaffPage(**{name: getattr(model, name) for name in model.__struct_fields__} | values)  # type: ignore[arg-type]


async def _invite(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    regions: list[str] | None = None,
) -> Response[str]:
    known = await network(reader)
    model = InvitePage(
        choices=post_choices(reader, known, regions or []),
        locale=reader.session.oem_locale or reader.locale.value,
        form=form,
    )
    return await whole_page(request, reader, "staff/invite.html", "staff", status=status, page=model)


async def _member(
    request: AnyRequest,
    reader: Reader,
    found: StaffMember,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    leaving_form: FormState = EMPTY_FORM,
    absence_form: FormState = EMPTY_FORM,
    abilities_form: FormState = EMPTY_FORM,
    regions: list[str] | None = None,
) -> Response[str]:
    known = await network(reader)
    if status != 200:
        found = await roster.staff_member(reader.actor, found.id)
    chosen = [str(each) for each in found.region_ids] if regions is None else regions
    model = MemberPage(
        id=found.id,
        version=found.version,
        name=found.name,
        email=found.email,
        phone=found.phone,
        role=found.role,
        place=known.place(reader, found.dealer_id, found.region_ids),
        locale=found.locale,
        time_zone=found.time_zone,
        active=found.active,
        since=found.created_at,
        open_cases=found.open_cases,
        away_until=last_moment(found.away_until) if found.away_until else None,
        substitute=found.substitute,
        may_change=found.id != reader.actor.membership_id and may_give(reader.actor.role, found.role),
        choices=post_choices(reader, known, chosen),
        heirs=await heirs(reader, str(found.id), found.dealer_id),
        form=form if form.message else FormState(values={"dealer_id": str(found.dealer_id or "")}),
        leaving_form=leaving_form,
        absences=absence_rows(await absences.absences_of(reader.actor, found.id)),
        substitutes=[
            Choice(str(each.id), f"{each.name} ({label(translator(reader.locale), 'role', each.role)})")
            for each in await absences.possible_substitutes(reader.actor, found.id)
        ],
        absence_form=absence_form,
        duties=duty_rows(found.duty),
        abilities_form=abilities_form if abilities_form.message else FormState(values=typed(found)),
    )
    return await whole_page(request, reader, "staff/member.html", "staff", status=status, page=model)


HANDLERS = [
    staff,
    invite_page,
    invite,
    renew,
    revoke,
    member,
    change,
    change_abilities,
    deactivate,
    reactivate,
    add_absence,
]
