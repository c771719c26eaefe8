"""R9.3: what was done is found by person, thing, verb, case and day, within one's own scope."""

from datetime import timedelta

import pytest

from shared.accounts import own
from shared.accounts.service import sign_in
from shared.audit.search import AuditFilter, AuditRow, search
from shared.cases import reveals, service
from shared.cases.intake import Intake, Source
from shared.cases.reveals import Reveal, RevealReason
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Unauthenticated
from shared.permissions import PERMISSIONS, Permission, Role
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant, found_tenant

PASSWORD = "quiet lake 42 boats"


async def new_case(tenant: Tenant, dealer_id: int | None = None) -> CaseView:
    advisor = tenant.actor(Role.ADVISOR, dealer_id)
    intake = Intake(channel=Channel.PHONE, words="异响", customer_phone="13800001234")
    return await service.register(advisor, intake, source=Source.STAFF, as_of=MONDAY)


async def found(actor: Actor, wanted: AuditFilter) -> list[AuditRow]:
    rows: list[AuditRow] = []
    cursor = None
    async with transaction(actor.scope, read_only=True) as tx:
        while True:
            page = await search(tx, actor.oem_id, wanted, cursor=cursor, limit=3)
            rows += page.items
            cursor = page.next_cursor
            if cursor is None:
                return rows


async def test_a_case_is_found_by_its_number_with_reason_and_words(tenant: Tenant):
    admin, reader = tenant.actor(Role.ADMINISTRATOR), tenant.actor(Role.READER)
    case = await new_case(tenant)
    wish = Reveal(reason=RevealReason.QUALITY_CHECK, words="抽查回访记录")
    await reveals.reveal(reader, case.id, wish, as_of=MONDAY + timedelta(minutes=1))
    rows = await found(admin, AuditFilter(case_number=case.number))
    assert [(row.action, row.case_number) for row in rows] == [
        ("case.reveal", case.number),
        ("case.register", case.number),
    ]
    assert (rows[0].reason, rows[0].words) == ("quality_check", "抽查回访记录")
    assert rows[0].actor_name == "reader 0"
    assert await found(admin, AuditFilter(case_number="AF00000000001")) == []


async def test_filters_hold_together_and_pages_follow_each_other(tenant: Tenant):
    admin, advisor = tenant.actor(Role.ADMINISTRATOR), tenant.actor(Role.ADVISOR)
    for _ in range(4):
        await new_case(tenant)
    mine = AuditFilter(person_id=advisor.id, entity="case", action="case.register")
    rows = await found(admin, mine)
    assert len(rows) >= 4
    assert {(row.actor_id, row.action) for row in rows} == {(advisor.id, "case.register")}
    assert [(row.at, row.id) for row in rows] == sorted({(row.at, row.id) for row in rows}, reverse=True)
    day = MONDAY.date()
    on_the_day = AuditFilter(first_day=day, last_day=day, time_zone="Asia/Shanghai", action="case.register")
    assert len(await found(admin, on_the_day)) >= 4
    before = AuditFilter(last_day=day - timedelta(days=1), time_zone="Asia/Shanghai", action="case.register")
    assert await found(admin, before) == []


async def test_a_station_head_finds_what_was_done_at_the_own_dealer_only(tenant: Tenant):
    """R9.1."""
    head = tenant.actor(Role.STATION_HEAD)
    here, elsewhere = await new_case(tenant), await new_case(tenant, tenant.sibling)
    assert [row.action for row in await found(head, AuditFilter(case_number=here.number))] == [
        "case.register"
    ]
    assert await found(head, AuditFilter(case_number=elsewhere.number)) == []
    assert {row.dealer_id for row in await found(head, AuditFilter())} == {tenant.here}


async def test_a_wrong_password_and_a_new_one_are_in_the_log(app_engine: None):
    tenant = await found_tenant(PASSWORD)
    admin = tenant.actor(Role.ADMINISTRATOR)
    email = tenant.emails[tenant.here, Role.ADVISOR]
    advisor_id = tenant.people[tenant.here, Role.ADVISOR]
    with pytest.raises(Unauthenticated):
        await sign_in(email, "not the password", "192.0.2.1")
    with pytest.raises(Unauthenticated):
        await sign_in("nobody@example.com", "not the password", "192.0.2.1")
    await own.change_password(email, PASSWORD, "another lake 43 boats", "192.0.2.1")
    rows = await found(admin, AuditFilter(person_id=advisor_id))
    told = [(row.action, row.actor_kind, row.actor_id) for row in rows if row.entity == "account"]
    assert told == [
        ("password.change", "person", advisor_id),
        ("session.refuse", "system", None),
    ]


def test_only_those_who_answer_for_others_may_read_it() -> None:
    may = {role for role in Role if Permission.AUDIT_READ in PERMISSIONS[role]}
    assert may == {Role.STATION_HEAD, Role.HEAD_OFFICE, Role.ADMINISTRATOR}
