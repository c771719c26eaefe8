"""Two complaints about one matter: merged and taken apart (R1.7, R3.3)."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import Classify, Merge, Reopen, Survey, Unmerge, Withdraw
from shared.cases.intake import Source
from shared.cases.merging import merged_here
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Category, Kind, Urgency
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.integration.cases.walking import (
    CAUSE,
    NOISE,
    NOON,
    PLANNED,
    SPOKEN,
    TOLD,
    clocks_of,
    events,
    history,
    new_case,
    walk,
)
from tests.support.tenant import MONDAY, Tenant

WIFE = msgspec.structs.replace(NOISE, customer_name="李测试", customer_phone="13800003457")
REASON = "同一车辆同一故障"
LATER = MONDAY + timedelta(minutes=50)


async def pair(tenant: Tenant) -> tuple[CaseView, CaseView]:
    """One that came in later, to go on, and the earlier one, to be merged into it."""
    earlier = await new_case(tenant, WIFE, MONDAY)
    return await new_case(tenant, NOISE, LATER), earlier


async def merged(tenant: Tenant, case_id: UUID, into_id: UUID, role: Role = Role.SERVICE_MANAGER) -> CaseView:
    command = Merge(into_id=into_id, reason=REASON)
    return await service.merge(tenant.actor(role), case_id, command, version=None, as_of=NOON)


async def view(tenant: Tenant, case_id: UUID) -> CaseView:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return await queries.case_view(tx, tenant.oem_id, case_id)


async def test_the_earliest_promises_and_every_complainant_are_kept(tenant: Tenant):
    """R1.7: timeline, audit and event on both sides."""
    case, other = await pair(tenant)
    before = await clocks_of(tenant, other.id, 1)
    gone = await merged(tenant, other.id, case.id)
    assert (gone.state, gone.merged_into, gone.customer_name) == (CaseState.MERGED, case.id, "李测试")
    assert gone.due_at is None
    assert {each.state for each in (await clocks_of(tenant, other.id, 1)).values()} <= {
        "met",
        "cancelled",
        "breached",
    }
    now = await clocks_of(tenant, case.id, 1)
    assert now["resolve"].due_at == before["resolve"].due_at
    kept = await view(tenant, case.id)
    assert kept.due_at == min(each.due_at for each in now.values() if each.state in {"running", "breached"})
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        assert [each.id for each in await merged_here(tx, tenant.oem_id, case.id)] == [other.id]
    assert (await history(tenant, other.id))[-1].data["into"] == case.number
    assert (await history(tenant, case.id))[-1].data["number"] == other.number
    assert "case.merged" in await events(tenant, other.id)


async def test_taking_apart_restores_state_and_promises_of_both(tenant: Tenant):
    case, other = await pair(tenant)
    before = await clocks_of(tenant, other.id, 1), await clocks_of(tenant, case.id, 1)
    await merged(tenant, other.id, case.id)
    back = await service.unmerge(
        tenant.actor(Role.SERVICE_MANAGER), other.id, Unmerge(reason="两个故障"), version=None, as_of=NOON
    )
    assert (back.state, back.merged_into, back.closed_at) == (CaseState.REGISTERED, None, None)
    for case_id, known in zip((other.id, case.id), before, strict=True):
        after = await clocks_of(tenant, case_id, 1)
        assert {name: each.due_at for name, each in after.items()} == {
            name: each.due_at for name, each in known.items()
        }
        assert after["resolve"].state == "running"
    assert (await view(tenant, case.id)).due_at is not None
    assert (await history(tenant, case.id))[-1].kind == "release"


async def test_what_the_customer_is_told_counts_for_every_complainant(tenant: Tenant):
    """R6.2: solved and the customer told."""
    case, other = await pair(tenant)
    await merged(tenant, other.id, case.id)
    await walk(tenant.actor(Role.SERVICE_MANAGER), case.id, SPOKEN, PLANNED, TOLD)
    assert (await view(tenant, other.id)).result_told_at == NOON


async def test_what_cannot_be_merged_is_refused_with_its_reason(tenant: Tenant):
    case, other = await pair(tenant)
    with pytest.raises(Forbidden):
        await merged(tenant, other.id, case.id, Role.ADVISOR)
    for into, code in ((other.id, "merged_into_itself"), (uuid4(), "unknown_case")):
        with pytest.raises(Invalid) as wrong:
            await merged(tenant, other.id, into)
        assert wrong.value.fields[0].code == code
    elsewhere = await service.register(
        tenant.actor(Role.ADVISOR, tenant.sibling), NOISE, source=Source.STAFF, as_of=MONDAY
    )
    with pytest.raises(NotFound):
        await merged(tenant, elsewhere.id, case.id)
    with pytest.raises(Conflict, match="merged_at_other_dealer"):
        await merged(tenant, elsewhere.id, case.id, Role.HEAD_OFFICE)
    with pytest.raises(Conflict, match="not_merged"):
        await service.unmerge(
            tenant.actor(Role.SERVICE_MANAGER), other.id, Unmerge(reason="x"), version=None, as_of=NOON
        )
    await merged(tenant, other.id, case.id)
    third = await new_case(tenant, NOISE, LATER)
    with pytest.raises(Conflict, match="holds_merged_cases"):
        await merged(tenant, case.id, third.id)
    with pytest.raises(Conflict, match="case_merged"):
        await merged(tenant, third.id, other.id)
    await walk(tenant.actor(Role.SERVICE_MANAGER), third.id, SPOKEN, PLANNED, TOLD)
    with pytest.raises(Conflict, match="result_already_told"):
        await merged(tenant, third.id, case.id)


async def resolve_due(tenant: Tenant, case_id: UUID, cycle: int = 1) -> datetime:
    return (await clocks_of(tenant, case_id, cycle))["resolve"].due_at


async def urgent_pair(tenant: Tenant) -> tuple[CaseView, CaseView]:
    """One of low urgency to go on, and an urgent one merged into it."""
    urgent = await new_case(tenant, WIFE, MONDAY)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    raised = Classify(urgency=Urgency.URGENT, reason="客户在途")
    urgent = await service.classify(manager, urgent.id, raised, version=None, as_of=MONDAY)
    case = await new_case(tenant, NOISE, MONDAY)
    lowered = Classify(urgency=Urgency.LOW, reason="不影响使用")
    case = await service.classify(manager, case.id, lowered, version=None, as_of=MONDAY)
    assert await resolve_due(tenant, urgent.id) < await resolve_due(tenant, case.id)
    return case, urgent


async def test_a_new_classification_keeps_what_was_promised_to_the_merged(tenant: Tenant):
    """R1.7, R2.3: the earliest promise stays, whatever becomes of the case that goes on."""
    case, urgent = await urgent_pair(tenant)
    promised, own = await resolve_due(tenant, urgent.id), await resolve_due(tenant, case.id)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await service.merge(manager, urgent.id, Merge(into_id=case.id, reason=REASON), version=None, as_of=MONDAY)
    assert await resolve_due(tenant, case.id) == promised
    for change in (
        Classify(urgency=Urgency.MEDIUM, reason="重新判断"),
        Classify(kind=Kind.SUGGESTION, reason="重新判断"),
        Classify(kind=Kind.COMPLAINT, reason="重新判断"),
        Classify(urgency=Urgency.LOW, reason="重新判断"),
    ):
        after = await service.classify(manager, case.id, change, version=None, as_of=MONDAY)
        assert await resolve_due(tenant, case.id) == promised
        assert after.due_at is not None
        assert after.due_at <= promised
    await service.unmerge(manager, urgent.id, Unmerge(reason="两个故障"), version=None, as_of=MONDAY)
    assert await resolve_due(tenant, case.id) == own, "what was promised to its own customer"
    assert await resolve_due(tenant, urgent.id) == promised


async def test_a_raised_urgency_is_not_undone_by_taking_apart(tenant: Tenant):
    """R2.3: the case that goes on has its own promises back as they are now, not as they were."""
    case, urgent = await urgent_pair(tenant)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    alone = await new_case(tenant, NOISE, MONDAY)
    raised = Classify(urgency=Urgency.HIGH, reason="影响使用")
    await service.classify(manager, alone.id, raised, version=None, as_of=MONDAY)
    await service.merge(manager, urgent.id, Merge(into_id=case.id, reason=REASON), version=None, as_of=MONDAY)
    await service.classify(manager, case.id, raised, version=None, as_of=MONDAY)
    await service.unmerge(manager, urgent.id, Unmerge(reason="两个故障"), version=None, as_of=MONDAY)
    assert await resolve_due(tenant, case.id) == await resolve_due(tenant, alone.id)


async def test_a_new_cycle_is_promised_as_early_as_to_any_complainant(tenant: Tenant):
    """R1.7, R3.3: what is not settled is not settled for the urgent one either."""
    case, urgent = await urgent_pair(tenant)
    alone = await new_case(tenant, WIFE, MONDAY)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    raised = Classify(urgency=Urgency.URGENT, reason="客户在途")
    await service.classify(manager, alone.id, raised, version=None, as_of=MONDAY)
    await service.merge(manager, urgent.id, Merge(into_id=case.id, reason=REASON), version=None, as_of=MONDAY)
    for each in (case.id, alone.id):
        await walk(manager, each, SPOKEN, TOLD, CAUSE)
        await service.reopen(manager, each, Reopen(reason="异响再次出现"), version=None, as_of=NOON)
    expected = await resolve_due(tenant, alone.id, cycle=2)
    assert await resolve_due(tenant, case.id, cycle=2) == expected
    assert (await view(tenant, urgent.id)).result_told_at is None, "nobody has been told a result now"
    lowered = Classify(category=Category.PARTS, reason="配件问题")
    await service.classify(manager, case.id, lowered, version=None, as_of=NOON)
    assert await resolve_due(tenant, case.id, cycle=2) == expected


async def test_two_complainants_are_taken_out_in_any_order(tenant: Tenant):
    case, urgent = await urgent_pair(tenant)
    second = await new_case(tenant, WIFE, MONDAY - timedelta(hours=1))
    manager = tenant.actor(Role.SERVICE_MANAGER)
    own = await resolve_due(tenant, case.id)
    by_id = {urgent.id: await resolve_due(tenant, urgent.id), second.id: await resolve_due(tenant, second.id)}
    for order in ((urgent.id, second.id), (second.id, urgent.id)):
        for each in (second.id, urgent.id):
            await service.merge(
                manager, each, Merge(into_id=case.id, reason=REASON), version=None, as_of=MONDAY
            )
        assert await resolve_due(tenant, case.id) == min(by_id.values())
        for gone, left in zip(order, reversed(order), strict=True):
            expected = min(own, by_id[left]) if gone is order[0] else own
            await service.unmerge(manager, gone, Unmerge(reason="两个故障"), version=None, as_of=MONDAY)
            assert await resolve_due(tenant, case.id) == expected


def customer(tenant: Tenant) -> Actor:
    return Actor(ActorKind.CUSTOMER, Role.CUSTOMER, Scope.dealer(tenant.oem_id, tenant.here), "李测试")


async def test_a_merged_customer_withdraws_for_himself(tenant: Tenant):
    """R3.3, R1.7: his complaint ends, the other one goes on with its own promises."""
    case, urgent = await urgent_pair(tenant)
    own = await resolve_due(tenant, case.id)
    await merged(tenant, urgent.id, case.id)
    gone = Withdraw(reason="已自行解决", via=AgreementWay.LINK)
    after = await service.withdraw(customer(tenant), urgent.id, gone, version=None, as_of=NOON)
    assert (after.state, after.merged_into, after.due_at) == (CaseState.WITHDRAWN, None, None)
    kept = await view(tenant, case.id)
    assert (kept.state, await resolve_due(tenant, case.id)) == (CaseState.REGISTERED, own)
    told = (await history(tenant, case.id))[-1]
    assert (told.kind, told.data["number"], told.internal) == ("release", urgent.number, True)
    back = await service.reopen(
        tenant.actor(Role.SERVICE_MANAGER), urgent.id, Reopen(reason="又坏了"), version=None, as_of=NOON
    )
    assert (back.state, back.merged_into, back.cycle) == (CaseState.REGISTERED, None, 2)


async def test_who_withdraws_takes_nobody_else_along(tenant: Tenant):
    """R1.7: the merged complaints go on by themselves, with the promises they had."""
    case, urgent = await urgent_pair(tenant)
    promised = await resolve_due(tenant, urgent.id)
    await merged(tenant, urgent.id, case.id)
    gone = Withdraw(reason="已自行解决", via=AgreementWay.LINK)
    await service.withdraw(customer(tenant), case.id, gone, version=None, as_of=NOON)
    left = await view(tenant, urgent.id)
    assert (left.state, left.merged_into, left.closed_at) == (CaseState.REGISTERED, None, None)
    clock = (await clocks_of(tenant, urgent.id, 1))["resolve"]
    assert (clock.due_at, clock.state in {"running", "breached"}) == (promised, True)
    assert "case.unmerged" in await events(tenant, urgent.id)


async def test_a_merged_customer_who_is_not_satisfied_gets_a_cycle_of_his_own(tenant: Tenant):
    """R5.3, R3.3: reopened for him; the others have their result."""
    case, urgent = await urgent_pair(tenant)
    await merged(tenant, urgent.id, case.id)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    again = Reopen(reason="异响还在")
    with pytest.raises(Conflict, match="case_merged"):
        await service.reopen(manager, urgent.id, again, version=None, as_of=NOON)
    await walk(manager, case.id, SPOKEN, TOLD, CAUSE)
    said = Survey(satisfied_with_process=True, satisfied_with_result=False)
    answered = await service.survey(manager, urgent.id, said, version=None, as_of=NOON)
    assert (answered.state, answered.satisfied_with_result) == (CaseState.MERGED, False)
    gone = Withdraw(reason="已自行解决", via=AgreementWay.LINK)
    with pytest.raises(Conflict, match="result_already_told"):
        await service.withdraw(customer(tenant), urgent.id, gone, version=None, as_of=NOON)
    back = await service.reopen(manager, urgent.id, again, version=None, as_of=NOON)
    assert (back.state, back.merged_into, back.result_told_at) == (CaseState.REGISTERED, None, None)
    assert (await clocks_of(tenant, urgent.id, 2))["resolve"].state == "running"
    other = await view(tenant, case.id)
    assert (other.state, other.due_at) == (CaseState.CLOSED, None)
