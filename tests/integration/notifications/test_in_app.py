"""What is told by message stands in the person's list in the console, once, until long after it was read."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.db.engine import transaction
from shared.errors import Forbidden, NotFound
from shared.notifications import in_app
from shared.notifications.in_app import KEPT_AFTER_READING, NewNotification
from shared.notifications.rules import Template, is_told_inside
from shared.outbox.events import EventKind
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.integration.notifications.test_telling import happen
from tests.support.background import PUBLIC_URL, Company


def owner_of(company: Company) -> Actor:
    dealer = company.dealers[0]
    scope = Scope.dealer(company.oem_id, dealer.id)
    return Actor(ActorKind.PERSON, Role.ADVISOR, scope, "顾问测试", id=dealer.owner_id, account_id=uuid4())


def manager_of(company: Company) -> Actor:
    scope = Scope.region(company.oem_id, tuple(each.id for each in company.dealers))
    return Actor(
        ActorKind.PERSON,
        Role.REGIONAL_MANAGER,
        scope,
        "经理测试",
        id=company.regional_manager,
        account_id=uuid4(),
    )


async def tell(company: Company, actor: Actor, subject: str = "x", as_of: datetime | None = None) -> None:
    assert actor.membership_id is not None
    new = NewNotification(
        membership_id=actor.membership_id,
        dealer_id=actor.scope.dealer_ids[0] if actor.role is Role.ADVISOR else 0,
        template="mention",
        subject=subject,
        link=f"{PUBLIC_URL}/cases?view=waiting",
        dedupe_key=uuid4().hex,
    )
    async with transaction(Scope.oem(company.oem_id), as_of=as_of) as tx:
        await in_app.write(tx, company.oem_id, [new])


async def assign(company: Company, case_id: UUID) -> None:
    dealer = company.dealers[0]
    owner = str(dealer.owner_id)
    await happen(company, EventKind.CASE_ASSIGNED, case_id, dealer_id=dealer.id, owner_id=owner, by_id=None)


async def test_an_assignment_is_told_in_the_console_once_and_leads_to_the_case(company: Company) -> None:
    """R3.1."""
    owner = owner_of(company)
    case_id = await company.case()
    await assign(company, case_id)
    (told,) = (await in_app.notifications(owner)).items
    assert (told.template, told.path, told.read_at) == ("assignment", f"/cases/{case_id}", None)
    (message,) = await company.messages(template="assignment")
    assert told.subject == message["subject"]
    assert await in_app.unread(owner) == 1
    read = await in_app.mark_read(owner, told.id)
    assert read.read_at is not None
    assert (await in_app.mark_read(owner, told.id)).read_at == read.read_at
    assert await in_app.unread(owner) == 0


@pytest.mark.parametrize(("muted", "count"), [("assignment/in_app", 0), ("assignment/email", 1)])
async def test_choices_of_the_profile_hold(company: Company, muted: str, count: int) -> None:
    owner = owner_of(company)
    await company.connection.execute(
        "UPDATE app.memberships SET muted = ARRAY[$2] WHERE id = $1", owner.id, muted
    )
    await assign(company, await company.case())
    assert await in_app.unread(owner) == count


def test_what_has_to_be_known_cannot_be_muted_and_secret_links_are_never_shown() -> None:
    assert is_told_inside(Template.WARNING, frozenset({"warning/in_app"}))
    assert not is_told_inside(Template.PASSWORD_RESET, frozenset())


async def test_people_read_their_own_only_and_page_through_them(company: Company) -> None:
    """R9.1."""
    owner, manager = owner_of(company), manager_of(company)
    for number in range(5):
        await tell(company, manager, f"no. {number}")
    first = await in_app.notifications(manager, limit=3)
    second = await in_app.notifications(manager, cursor=first.next_cursor, limit=3)
    assert [each.subject for each in first.items + second.items] == [f"no. {n}" for n in (4, 3, 2, 1, 0)]
    assert second.next_cursor is None
    assert (await in_app.notifications(owner)).items == []
    with pytest.raises(NotFound):
        await in_app.mark_read(owner, first.items[0].id)
    assert await in_app.mark_all_read(manager) == 5
    assert (await in_app.notifications(manager, only_unread=True)).items == []
    key = Actor(ActorKind.API_KEY, Role.INTEGRATION, Scope.oem(company.oem_id), "hotline", id=uuid4())
    with pytest.raises(Forbidden):
        await in_app.notifications(key)
    assert await in_app.unread(key) is None


async def test_what_was_read_long_ago_is_forgotten(company: Company) -> None:
    manager = manager_of(company)
    await tell(company, manager, "read")
    await in_app.mark_all_read(manager)
    await tell(company, manager, "new")
    async with transaction(Scope.oem(company.oem_id)) as tx:
        now = await tx.now()
        sql = "SELECT count(*) FROM notifications"
        for later, left in ((KEPT_AFTER_READING - timedelta(days=1), 2), (KEPT_AFTER_READING, 1)):
            gone = await tx.execute(in_app.FORGET, company.oem_id, now + later - KEPT_AFTER_READING)
            assert gone == 2 - left
            assert await tx.value(sql) == left
