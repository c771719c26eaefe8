"""R9.2: personal data is shown to one person for a while, for a reason, and written down."""

from datetime import timedelta

import pytest

from shared.cases import queries, reveals, service
from shared.cases.commands import AddNote
from shared.cases.intake import Intake, Source
from shared.cases.reveals import MOST_REVEALS, REVEAL_LIFE, REVEALS_WITHIN, Reveal, RevealReason
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Forbidden, Invalid, NotFound, TooManyRequests
from shared.permissions import Role
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

TOLD = Intake(
    channel=Channel.PHONE,
    words="空调异味",
    customer_name="张测试",
    customer_phone="13800001234",
    vehicle_plate="测A12345",
)
CALL = Reveal(reason=RevealReason.CALL_CUSTOMER, words="回访维修结果")


async def new_case(tenant: Tenant) -> CaseView:
    advisor = tenant.actor(Role.ADVISOR)
    return await service.register(advisor, TOLD, source=Source.STAFF, as_of=MONDAY)


async def seen(actor: Actor, case: CaseView, after: timedelta = timedelta()) -> CaseView:
    async with transaction(actor.scope, as_of=MONDAY + after) as tx:
        return await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case.id))


async def test_what_is_revealed_is_shown_to_that_person_for_that_case_for_a_while(tenant: Tenant):
    manager, reader = tenant.actor(Role.REGIONAL_MANAGER), tenant.actor(Role.READER)
    case, other = await new_case(tenant), await new_case(tenant)
    assert (await seen(manager, case)).customer_phone == "138****1234"
    shown = await reveals.reveal(manager, case.id, CALL, as_of=MONDAY)
    assert (shown.customer_name, shown.customer_phone, shown.vehicle_plate) == (
        "张测试",
        "+8613800001234",
        "测A12345",
    )
    assert shown.expires_at == MONDAY + REVEAL_LIFE
    assert not (await seen(manager, case)).masked
    assert (await seen(manager, other)).masked
    assert (await seen(reader, case)).masked
    assert (await seen(manager, case, REVEAL_LIFE)).masked


async def test_a_reveal_is_in_the_audit_log_with_its_reason_and_no_value(tenant: Tenant):
    """R9.3."""
    reader = tenant.actor(Role.READER)
    case = await new_case(tenant)
    await reveals.reveal(reader, case.id, CALL, as_of=MONDAY)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        found = await tx.connection.fetchrow(
            "SELECT a.*, r.words FROM audit_entries a JOIN reveals r ON r.oem_id = a.oem_id AND r.id = a.id"
            " WHERE a.entity_id = $1 AND a.action = 'case.reveal'",
            str(case.id),
        )
    assert found is not None
    assert (found["actor_id"], found["reason"]) == (reader.id, "call_customer")
    assert found["words"] == CALL.words
    assert "customer_phone" in found["fields"]
    assert "1234" not in str({name: value for name, value in found.items() if not name.endswith("id")})


async def test_many_reveals_in_a_short_time_are_refused_and_noticed(tenant: Tenant):
    agent = tenant.actor(Role.CAC_AGENT)
    case = await new_case(tenant)
    for number in range(MOST_REVEALS):
        await reveals.reveal(agent, case.id, CALL, as_of=MONDAY + timedelta(seconds=number))
    with pytest.raises(TooManyRequests) as caught:
        await reveals.reveal(agent, case.id, CALL, as_of=MONDAY + timedelta(minutes=1))
    assert caught.value.code == "too_many_reveals"
    after = MONDAY + timedelta(minutes=1, seconds=caught.value.retry_after_s)
    assert after > MONDAY + REVEALS_WITHIN
    await reveals.reveal(agent, case.id, CALL, as_of=after)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        noticed = await tx.values(
            "SELECT actor_id FROM audit_entries WHERE entity_id = $1 AND action = 'case.reveal_refused'",
            str(case.id),
        )
    assert noticed == [agent.id]


@pytest.mark.parametrize("words", ["", "  ", "x" * 201])
async def test_a_reveal_needs_words(tenant: Tenant, words: str):
    case = await new_case(tenant)
    wish = Reveal(reason=RevealReason.OTHER, words=words)
    with pytest.raises(Invalid) as caught:
        await reveals.reveal(tenant.actor(Role.READER), case.id, wish)
    assert [each.field for each in caught.value.fields] == ["words"]


async def test_only_people_reveal_and_only_what_they_reach(tenant: Tenant):
    """R9.1."""
    case = await new_case(tenant)
    with pytest.raises(NotFound):
        await reveals.reveal(tenant.actor(Role.SERVICE_MANAGER, tenant.sibling), case.id, CALL)
    with pytest.raises(Forbidden) as caught:
        await reveals.reveal(tenant.api_key(), case.id, CALL)
    assert caught.value.code == "people_only"


async def test_what_a_command_answers_is_masked_alike(tenant: Tenant):
    case = await new_case(tenant)
    note = AddNote(text="请尽快联系")
    by_manager = await service.add_note(
        tenant.actor(Role.HEAD_OFFICE), case.id, note, version=None, as_of=MONDAY
    )
    by_dealer = await service.add_note(
        tenant.actor(Role.STATION_HEAD), case.id, note, version=None, as_of=MONDAY
    )
    assert (by_manager.masked, by_manager.customer_name) == (True, "张*")
    assert (by_dealer.masked, by_dealer.customer_name) == (False, "张测试")
