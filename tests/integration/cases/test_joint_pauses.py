"""Promises of merged complaints while the case that goes on waits for its customer (R1.7, proofs.md "Pause").

As in `test_pauses`: worked from 09:00 to 18:00 in Shanghai from Monday to Friday, but for 2026-06-19. The
first complaint comes in on Monday 2026-06-15 at 09:00, to be solved by Tuesday 2026-06-23 at 18:00; the other
one, which goes on, on the 16th at 09:00, to be solved by Wednesday the 24th at 18:00.
"""

from datetime import datetime

import pytest

from shared.cases import queries, service
from shared.cases.commands import Classify, Merge, Reopen, Unmerge, Withdraw
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel, Urgency
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import transaction
from shared.permissions import Role
from tests.integration.cases.test_pauses import ask, instants, shanghai, talk
from tests.integration.cases.walking import CAUSE, SPOKEN, TOLD, walk
from tests.support.tenant import Tenant

FIRST_DUE = shanghai(23, 18)
OTHER_DUE = shanghai(24, 18)
REASON = "同一车辆同一故障"


async def complaint(tenant: Tenant, at: datetime) -> CaseView:
    intake = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words="保养收费与报价不符，多收 680 元。",
    )
    made = await service.register(tenant.actor(Role.SERVICE_MANAGER), intake, source=Source.STAFF, as_of=at)
    return await talk(tenant, made, at)


@pytest.fixture
async def first(tenant: Tenant) -> CaseView:
    return await complaint(tenant, shanghai(15, 9))


@pytest.fixture
async def other(tenant: Tenant) -> CaseView:
    return await complaint(tenant, shanghai(16, 9))


async def merge(tenant: Tenant, case: CaseView, into: CaseView, at: datetime) -> CaseView:
    command = Merge(into_id=into.id, reason=REASON)
    return await service.merge(tenant.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


async def take_out(tenant: Tenant, case: CaseView, at: datetime) -> CaseView:
    command = Unmerge(reason="两个故障")
    return await service.unmerge(tenant.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


async def urgency(tenant: Tenant, case: CaseView, wanted: Urgency, at: datetime) -> CaseView:
    command = Classify(urgency=wanted, reason="重新判断")
    return await service.classify(
        tenant.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at
    )


async def resolve_due(tenant: Tenant, case: CaseView, at: datetime) -> datetime:
    return (await instants(tenant, case, at))["resolve"][0]


async def view(tenant: Tenant, case: CaseView) -> CaseView:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return await queries.case_view(tx, tenant.oem_id, case.id)


async def test_a_pause_moves_the_promise_taken_over_and_the_own_one_behind_it(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """proofs.md: no change loses a pause. Seven hours of Tuesday and three of Wednesday are lost to both."""
    await merge(tenant, first, other, shanghai(16, 10))
    assert await resolve_due(tenant, other, shanghai(16, 10)) == FIRST_DUE
    asked = await ask(tenant, other, shanghai(16, 11), shanghai(17, 12))
    assert await resolve_due(tenant, other, shanghai(16, 12)) == shanghai(25, 10)
    assert asked.due_at == shanghai(25, 10)
    back = await take_out(tenant, first, shanghai(17, 13))
    assert await resolve_due(tenant, first, shanghai(17, 13)) == shanghai(25, 10)
    assert (back.due_at, back.pauses) == (shanghai(25, 10), [shanghai(16, 11), shanghai(17, 12)])
    assert await resolve_due(tenant, other, shanghai(17, 13)) == shanghai(26, 10)
    assert (await view(tenant, other)).due_at == shanghai(26, 10)


async def test_the_promise_to_an_urgent_complainant_pauses_in_working_time_too(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """R1.7: three working days end on Thursday; ten hours later is Tuesday, for Friday is a holiday."""
    await urgency(tenant, first, Urgency.HIGH, shanghai(15, 10))
    await merge(tenant, first, other, shanghai(16, 10))
    assert await resolve_due(tenant, other, shanghai(16, 10)) == shanghai(18, 18)
    await ask(tenant, other, shanghai(16, 11), shanghai(17, 12))
    assert await resolve_due(tenant, other, shanghai(16, 12)) == shanghai(23, 10)
    # Asked at 11 and answered at 15: only four hours are lost.
    answered = await talk(tenant, other, shanghai(16, 15))
    assert answered.due_at == shanghai(22, 13)


async def test_no_new_classification_of_the_case_that_goes_on_loses_a_pause(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """proofs.md: a change of priority never loses a pause, nor makes what was promised to anybody later."""
    await merge(tenant, first, other, shanghai(16, 10))
    await ask(tenant, other, shanghai(16, 11), shanghai(17, 12))
    for wanted in (Urgency.LOW, Urgency.MEDIUM):
        await urgency(tenant, other, wanted, shanghai(16, 12))
        assert await resolve_due(tenant, other, shanghai(16, 12)) == shanghai(25, 10)
    # Three working days from the 16th end on Monday the 22nd; ten hours are lost.
    await urgency(tenant, other, Urgency.HIGH, shanghai(16, 12))
    assert await resolve_due(tenant, other, shanghai(16, 12)) == shanghai(24, 10)
    await urgency(tenant, other, Urgency.MEDIUM, shanghai(16, 12))
    assert await resolve_due(tenant, other, shanghai(16, 12)) == shanghai(25, 10)


async def test_merging_ends_the_wait_for_the_merged_customer_and_keeps_what_it_paused(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """proofs.md: a pause only while we wait: who is asked from now on is asked in the case that goes on."""
    await ask(tenant, first, shanghai(15, 12), shanghai(17, 18))
    gone = await merge(tenant, first, other, shanghai(16, 10))
    assert (gone.waiting_since, gone.pauses) == (None, [shanghai(15, 12), shanghai(16, 10)])
    # Six hours of Monday and one of Tuesday.
    assert await resolve_due(tenant, other, shanghai(16, 10)) == shanghai(24, 16)
    back = await take_out(tenant, first, shanghai(16, 12))
    assert back.due_at == shanghai(24, 16)
    assert await resolve_due(tenant, other, shanghai(16, 12)) == OTHER_DUE


async def test_a_pause_counts_for_a_complainant_only_while_he_is_merged(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """R1.7: what was lost before the merger, or is lost after it, was not lost on him."""
    await ask(tenant, other, shanghai(16, 10), shanghai(17, 12))
    await merge(tenant, first, other, shanghai(16, 14))
    # Four hours of Tuesday and three of Wednesday for the first; eleven for the other.
    assert await resolve_due(tenant, other, shanghai(16, 14)) == shanghai(24, 16)
    back = await take_out(tenant, first, shanghai(17, 10))
    assert (back.due_at, back.pauses) == (shanghai(24, 14), [shanghai(16, 14), shanghai(17, 10)])
    assert await resolve_due(tenant, other, shanghai(17, 10)) == shanghai(26, 11)
    # A later pause of his own comes on top: two hours.
    asked = await ask(tenant, first, shanghai(17, 14), shanghai(17, 16))
    assert asked.due_at == shanghai(24, 16)


async def test_who_withdraws_leaves_the_others_with_their_pauses(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """R3.3, R1.7: the merged complaint goes on by itself, with the promise it had, less the pause."""
    await merge(tenant, first, other, shanghai(16, 10))
    await ask(tenant, other, shanghai(16, 11), shanghai(17, 12))
    gone = Withdraw(reason="已自行解决", via=AgreementWay.PHONE)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await service.withdraw(manager, other.id, gone, version=None, as_of=shanghai(16, 13))
    assert (await view(tenant, first)).due_at == shanghai(24, 11)


async def test_a_new_cycle_pauses_for_everybody_and_forgets_no_pause_of_the_one_before(
    tenant: Tenant, first: CaseView, other: CaseView
) -> None:
    """proofs.md, Changes: reopened on Monday the 22nd at 09:00; three working days end on Thursday."""
    await urgency(tenant, first, Urgency.HIGH, shanghai(15, 10))
    await merge(tenant, first, other, shanghai(16, 10))
    await ask(tenant, other, shanghai(16, 11), shanghai(17, 12))
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await walk(manager, other.id, TOLD, CAUSE, at=shanghai(17, 13))
    again = Reopen(reason="异响再次出现")
    await service.reopen(manager, other.id, again, version=None, as_of=shanghai(22, 9))
    assert await resolve_due(tenant, other, shanghai(22, 9)) == shanghai(25, 18)
    await walk(manager, other.id, SPOKEN, at=shanghai(22, 9))
    await ask(tenant, other, shanghai(22, 10), shanghai(22, 15))
    assert await resolve_due(tenant, other, shanghai(22, 10)) == shanghai(26, 14)
    await urgency(tenant, other, Urgency.LOW, shanghai(22, 10))
    assert await resolve_due(tenant, other, shanghai(22, 10)) == shanghai(26, 14)
    back = await take_out(tenant, first, shanghai(22, 15))
    # Thursday the 18th at 18:00, ten hours of the first cycle and five of the second.
    assert back.due_at == shanghai(23, 15)
