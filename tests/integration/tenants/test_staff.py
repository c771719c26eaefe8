"""Asking people in, changing what they are, and letting them go (R9.1, R1.6)."""

import asyncio
import re
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.accounts import service as accounts
from shared.accounts.service import SessionTerms
from shared.cases import queries, service
from shared.cases.customer_links import CustomerLinks
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from shared.notifications.links import Links
from shared.onboarding import acceptance, invitations, roster
from shared.onboarding.acceptance import Acceptance
from shared.onboarding.changes import HandOver, change_post, deactivate_staff, reactivate_staff
from shared.onboarding.invitations import NewInvitation
from shared.onboarding.roster import StaffFilter
from shared.onboarding.staff import NewStaff, Post, add_staff
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.integration.accounts.people import new_client, new_email
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

LINKS = Links("https://huiyin.example.com", CustomerLinks("https://care.example.com", "x" * 32))
PASSWORD = "correct horse battery"
TERMS = SessionTerms()


@pytest.fixture
async def tenant() -> Tenant:
    return await found_tenant(PASSWORD)


def advisor_at(dealer_id: int, email: str | None = None) -> NewInvitation:
    return NewInvitation(email=email or new_email(), name="王测试", role=Role.ADVISOR, dealer_id=dealer_id)


async def link_of(tenant: Tenant, email: str) -> str:
    """The token in the newest e-mail to an address."""
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        link = await tx.value(
            "SELECT link FROM messages WHERE oem_id = $1 AND address = $2 ORDER BY created_at DESC, id DESC",
            tenant.oem_id,
            email,
        )
    assert isinstance(link, str)
    return re.split(r"[?&]token=", link)[1]


async def test_an_invited_person_chooses_a_password_and_is_in(tenant: Tenant) -> None:
    wanted = advisor_at(tenant.here)
    made = await invitations.invite(tenant.actor(Role.STATION_HEAD), wanted, LINKS)
    token = await link_of(tenant, wanted.email)

    offer = await acceptance.open_invitation(token)
    assert (offer.role, offer.dealer_id, offer.has_account) == (Role.ADVISOR, tenant.here, False)
    accepted = Acceptance(password=PASSWORD, name="王小测", locale="en")
    signed_in = await acceptance.accept_invitation(token, accepted, new_client(), terms=TERMS)

    assert signed_in.actor.role is Role.ADVISOR
    assert signed_in.actor.scope == Scope.dealer(tenant.oem_id, tenant.here)
    assert (signed_in.actor.name, signed_in.actor.locale) == ("王小测", "en")
    assert made.id not in {
        each.id for each in await invitations.invitations(tenant.actor(Role.ADMINISTRATOR))
    }
    with pytest.raises(NotFound, match="invitation_over"):
        await acceptance.accept_invitation(token, accepted, new_client(), terms=TERMS)


async def test_the_token_is_in_the_database_as_a_hash_and_leaves_the_outbox_with_the_message(
    tenant: Tenant, database: Database
) -> None:
    wanted = advisor_at(tenant.here)
    await invitations.invite(tenant.actor(Role.ADMINISTRATOR), wanted, LINKS)
    token = await link_of(tenant, wanted.email)
    connection = await asyncpg.connect(database.owner_url)
    try:
        for table in ("staff_invitations", "messages"):
            await connection.execute(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY")
        rows = await connection.fetch("SELECT * FROM app.staff_invitations WHERE email = $1", wanted.email)
        assert token not in str(rows)
        assert await connection.fetchval(
            "SELECT link_is_secret FROM app.messages WHERE address = $1", wanted.email
        )
    finally:
        await connection.close()


async def test_somebody_with_an_account_accepts_with_the_password_known_already(tenant: Tenant) -> None:
    other = await found_tenant(PASSWORD)
    email = other.emails[other.here, Role.ADVISOR]
    await invitations.invite(tenant.actor(Role.ADMINISTRATOR), advisor_at(tenant.here, email), LINKS)
    token = await link_of(tenant, email)

    assert (await acceptance.open_invitation(token)).has_account
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await acceptance.accept_invitation(
            token, Acceptance(password="not the password"), new_client(), terms=TERMS
        )
    signed_in = await acceptance.accept_invitation(
        token, Acceptance(password=PASSWORD), new_client(), terms=TERMS
    )
    assert signed_in.actor.oem_id == tenant.oem_id
    assert {each.oem_id for each in signed_in.memberships} == {tenant.oem_id, other.oem_id}


async def test_a_link_ends_when_it_is_renewed_withdrawn_or_too_old(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    wanted = advisor_at(tenant.here)
    made = await invitations.invite(admin, wanted, LINKS)
    first = await link_of(tenant, wanted.email)
    await invitations.renew_invitation(admin, made.id, LINKS)
    second = await link_of(tenant, wanted.email)

    with pytest.raises(NotFound, match="invitation_over"):
        await acceptance.open_invitation(first)
    assert (await acceptance.open_invitation(second)).id == made.id
    with pytest.raises(NotFound, match="invitation_over"):
        await acceptance.open_invitation(second, as_of=made.expires_at + invitations.INVITATION_LIFE)
    await invitations.revoke_invitation(admin, made.id)
    with pytest.raises(NotFound, match="invitation_over"):
        await acceptance.open_invitation(second)
    await invitations.invite(admin, wanted, LINKS)


async def test_one_person_is_invited_to_one_post_once(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    wanted = advisor_at(tenant.here)
    outcomes = await asyncio.gather(
        *(invitations.invite(admin, wanted, LINKS) for _ in range(3)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, Conflict)]
    assert [each.code for each in refused] == ["already_invited"] * 2
    known = tenant.emails[tenant.here, Role.ADVISOR]
    with pytest.raises(Conflict, match="already_member"):
        await invitations.invite(admin, advisor_at(tenant.here, known), LINKS)


async def test_two_who_follow_one_link_make_one_member(tenant: Tenant) -> None:
    wanted = advisor_at(tenant.here)
    await invitations.invite(tenant.actor(Role.ADMINISTRATOR), wanted, LINKS)
    token = await link_of(tenant, wanted.email)
    accepted = Acceptance(password=PASSWORD, name="王小测")
    outcomes = await asyncio.gather(
        *(acceptance.accept_invitation(token, accepted, new_client(), terms=TERMS) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, BaseException) for each in outcomes) == 1
    assert all(isinstance(each, AppError) for each in outcomes if isinstance(each, BaseException))
    page = await roster.staff_page(tenant.actor(Role.ADMINISTRATOR), StaffFilter(text=wanted.email))
    assert len(page.items) == 1


async def test_nobody_gives_a_role_above_the_own(tenant: Tenant) -> None:
    head = tenant.actor(Role.STATION_HEAD)
    for role in (Role.ADMINISTRATOR, Role.CAC_AGENT):
        with pytest.raises(Forbidden, match="role_above_own"):
            await invitations.invite(head, NewInvitation(email=new_email(), name="x", role=role), LINKS)
        with pytest.raises(Forbidden, match="role_above_own"):
            await add_staff(head, NewStaff(email=new_email(), name="x", role=role))
        with pytest.raises(Forbidden, match="role_above_own"):
            await change_post(head, tenant.people[tenant.here, Role.ADVISOR], Post(role=role), version=None)
    for role in (Role.ADVISOR, Role.SERVICE_MANAGER, Role.HEAD_OFFICE):
        with pytest.raises(Forbidden, match="not_permitted"):
            await invitations.invite(tenant.actor(role), advisor_at(tenant.here), LINKS)


async def test_a_station_head_keeps_the_staff_of_the_own_dealer_only(tenant: Tenant) -> None:
    head = tenant.actor(Role.STATION_HEAD)
    theirs = tenant.people[tenant.sibling, Role.ADVISOR]
    with pytest.raises(Invalid):
        await invitations.invite(head, advisor_at(tenant.sibling), LINKS)
    with pytest.raises(NotFound):
        await deactivate_staff(head, theirs)
    with pytest.raises(NotFound):
        await deactivate_staff(head, tenant.people[0, Role.CAC_AGENT])
    with pytest.raises(Invalid):
        await change_post(
            head,
            tenant.people[tenant.here, Role.ADVISOR],
            Post(role=Role.ADVISOR, dealer_id=tenant.sibling),
            version=None,
        )
    listed = await roster.staff_page(head, StaffFilter())
    assert {each.dealer_id for each in listed.items} == {tenant.here}
    everybody = await roster.staff_page(tenant.actor(Role.ADMINISTRATOR), StaffFilter(), limit=200)
    assert {each.dealer_id for each in everybody.items} == {0, tenant.here, tenant.sibling, tenant.far}


async def test_the_list_is_searched_filtered_and_paged(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    managers = await roster.staff_page(admin, StaffFilter(roles=(Role.SERVICE_MANAGER,)))
    assert len(managers.items) == 3
    names: list[str] = []
    cursor = None
    while True:
        page = await roster.staff_page(admin, StaffFilter(), cursor=cursor, limit=4)
        names += [each.name for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == sorted(names)
    assert len(names) == 14
    assert not (await roster.staff_page(admin, StaffFilter(text="100%_"))).items


async def test_the_last_administrator_stays(tenant: Tenant) -> None:
    system = Actor.system(tenant.oem_id)
    first = tenant.people[0, Role.ADMINISTRATOR]
    with pytest.raises(Conflict, match="last_administrator"):
        await deactivate_staff(system, first)
    with pytest.raises(Conflict, match="last_administrator"):
        await change_post(system, first, Post(role=Role.READER), version=None)
    second = await add_staff(system, NewStaff(email=new_email(), name="x", role=Role.ADMINISTRATOR))
    outcomes = await asyncio.gather(
        deactivate_staff(system, first), deactivate_staff(system, second), return_exceptions=True
    )
    assert sorted(getattr(each, "code", "done") for each in outcomes) == ["done", "last_administrator"]


async def test_nobody_changes_what_he_is_himself(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    assert admin.id is not None
    await add_staff(admin, NewStaff(email=new_email(), name="x", role=Role.ADMINISTRATOR))
    with pytest.raises(Conflict, match="not_oneself"):
        await deactivate_staff(admin, admin.id)


async def test_a_stale_page_changes_nothing(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    seen = await roster.staff_member(admin, advisor)
    technician = Post(role=Role.CUSTOMER_RELATIONS, dealer_id=tenant.sibling)
    changed = await change_post(admin, advisor, technician, version=seen.version)
    assert (changed.role, changed.dealer_id) == (Role.CUSTOMER_RELATIONS, tenant.sibling)
    with pytest.raises(Conflict, match="stale_version"):
        await deactivate_staff(admin, advisor, version=seen.version)


async def own_cases(tenant: Tenant, count: int, role: Role = Role.ADVISOR) -> list[CaseView]:
    made: list[CaseView] = []
    for number in range(count):
        intake = Intake(channel=Channel.PHONE, words=f"异响 {number}", customer_phone="13800001234")
        made.append(await service.register(tenant.actor(role), intake, source=Source.STAFF))
    return made


async def case_now(tenant: Tenant, case_id: UUID) -> CaseView:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await queries.case_view(tx, tenant.oem_id, case_id)


async def traces(tenant: Tenant, case_id: UUID) -> tuple[int, int]:
    """How many entries and events tell of another owner."""
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        entries = (await queries.timeline(tx, tenant.oem_id, case_id)).items
        events = await tx.value(
            "SELECT count(*) FROM events WHERE oem_id = $1 AND case_id = $2 AND kind = 'case.assigned'",
            tenant.oem_id,
            case_id,
        )
    return sum(each.kind == "assign" for each in entries), events


async def test_the_open_cases_of_who_leaves_go_to_one_named_person(tenant: Tenant) -> None:
    """R1.6: no complaint is ever without a named owner; each case tells it."""
    cases = await own_cases(tenant, 3)
    head = tenant.actor(Role.STATION_HEAD)
    heir = tenant.people[tenant.here, Role.CUSTOMER_RELATIONS]
    leaving = await roster.staff_member(head, tenant.people[tenant.here, Role.ADVISOR])
    assert leaving.open_cases == 3

    left = await deactivate_staff(head, leaving.id, version=leaving.version, hand_over=HandOver(to=heir))

    assert (left.active, left.open_cases) == (False, 0)
    for case in cases:
        assert (await case_now(tenant, case.id)).owner_id == heir
        assert await traces(tenant, case.id) == (1, 1)


async def test_without_a_name_each_case_goes_where_it_would_come_in_new(tenant: Tenant) -> None:
    """R1.6, R3.1: the least busy of customer relations and service managers."""
    cases = await own_cases(tenant, 4)
    await deactivate_staff(tenant.actor(Role.STATION_HEAD), tenant.people[tenant.here, Role.ADVISOR])
    owners = {(await case_now(tenant, case.id)).owner_id for case in cases}
    assert owners == {
        tenant.people[tenant.here, Role.CUSTOMER_RELATIONS],
        tenant.people[tenant.here, Role.SERVICE_MANAGER],
    }


async def test_when_nobody_can_take_the_cases_everything_stays_as_it_is(tenant: Tenant) -> None:
    cases = await own_cases(tenant, 2)
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    stranger = tenant.people[tenant.far, Role.SERVICE_MANAGER]
    for heir in (stranger, uuid4(), advisor):
        with pytest.raises(Invalid):
            await deactivate_staff(tenant.actor(Role.STATION_HEAD), advisor, hand_over=HandOver(to=heir))
    assert (await roster.staff_member(tenant.actor(Role.ADMINISTRATOR), advisor)).active
    assert (await case_now(tenant, cases[0].id)).owner_id == advisor


async def test_who_moves_to_another_dealer_leaves_the_cases_behind(tenant: Tenant) -> None:
    cases = await own_cases(tenant, 2)
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    post = Post(role=Role.SERVICE_MANAGER, dealer_id=tenant.here)
    await change_post(tenant.actor(Role.ADMINISTRATOR), advisor, post, version=None)
    assert (await case_now(tenant, cases[0].id)).owner_id == advisor
    post = Post(role=Role.TECHNICIAN, dealer_id=tenant.far)
    await change_post(tenant.actor(Role.ADMINISTRATOR), advisor, post, version=None)
    assert (await case_now(tenant, cases[0].id)).owner_id != advisor


async def test_who_comes_back_can_sign_in_again(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    advisor = tenant.people[tenant.here, Role.ADVISOR]
    email = tenant.emails[tenant.here, Role.ADVISOR]
    signed_in = await accounts.sign_in(email, PASSWORD, new_client())
    await deactivate_staff(admin, advisor)
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(signed_in.token)
    with pytest.raises(Conflict, match="member_inactive"):
        await invitations.invite(admin, advisor_at(tenant.here, email), LINKS)
    await reactivate_staff(admin, advisor)
    assert (await accounts.sign_in(email, PASSWORD, new_client())).actor.id == advisor
    with pytest.raises(Conflict, match="member_active"):
        await reactivate_staff(admin, advisor)


async def test_all_of_it_is_in_the_log_without_personal_values(tenant: Tenant) -> None:
    """R9.3: field names and ids, never names or addresses."""
    admin = replace(tenant.actor(Role.ADMINISTRATOR), request_id="r-1")
    wanted = advisor_at(tenant.here)
    made = await invitations.invite(admin, wanted, LINKS)
    await invitations.renew_invitation(admin, made.id, LINKS)
    token = await link_of(tenant, wanted.email)
    accepted = Acceptance(password=PASSWORD, name="王小测")
    member = (await acceptance.accept_invitation(token, accepted, new_client(), terms=TERMS)).actor.id
    assert member is not None
    await change_post(admin, member, Post(role=Role.TECHNICIAN, dealer_id=tenant.here), version=None)
    await deactivate_staff(admin, member)
    await reactivate_staff(admin, member)
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        rows = await tx.connection.fetch(
            "SELECT action, fields::text FROM audit_entries WHERE oem_id = $1"
            " AND entity_id IN ($2, $3) ORDER BY at, id",
            tenant.oem_id,
            str(made.id),
            str(member),
        )
    actions = [row["action"] for row in rows]
    assert actions == [
        "invitation.create",
        "invitation.renew",
        "membership.create",
        "invitation.accept",
        "membership.change",
        "membership.deactivate",
        "membership.reactivate",
    ]
    assert dict(rows[4])["fields"] == "{role}"
    assert "王小测" not in str(rows)
    assert wanted.email not in str(rows)
