"""Major complaints from the first sign to the decision (R2.6)."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from shared.cases import major, major_rows, service
from shared.cases.commands import Classify, Hold, Reopen, TakeOver
from shared.cases.intake import Intake
from shared.cases.major import ConfirmMajor, DismissMajor, MajorView
from shared.cases.major_watch import watch
from shared.cases.vocabulary import Channel, MajorCriterion, MajorVerdict, Nature
from shared.cases.work_vocabulary import CompensationKind
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.outbox.events import Event, EventKind
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.cases.walking import (
    NOISE,
    NOON,
    SPOKEN,
    TOLD,
    VOUCHER,
    events,
    history,
    new_case,
    walk,
)
from tests.support.tenant import MONDAY, Tenant, found_tenant

FIRE = Intake(channel=Channel.PHONE, customer_name="张测试", words="昨晚车辆停在车库里自燃了")
RISK = ConfirmMajor(criteria=(MajorCriterion.RISK,), reason="客户已联系电视台", nature=Nature.POTENTIAL_MEDIA)


async def seen(tenant: Tenant, case_id: UUID) -> MajorView:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await major.view(tx, tenant.oem_id, case_id)


async def watched(tenant: Tenant, case_id: UUID) -> list[str]:
    """The codes of a case after the worker has looked at it."""
    async with transaction(Scope.oem(tenant.oem_id), as_of=NOON) as tx:
        event = Event(
            oem_id=tenant.oem_id,
            id=UUID(int=1),
            dealer_id=tenant.here,
            case_id=case_id,
            kind=EventKind.CASE_REGISTERED,
            payload={},
            occurred_at=NOON,
            attempts=0,
            lease_token=UUID(int=1),
        )
        await watch(tx, event)
        return [each.code.value for each in await major_rows.findings(tx, tenant.oem_id, case_id)]


async def test_a_sign_in_the_words_makes_a_candidate_at_once(tenant: Tenant):
    """R2.6: with the rule, its reason and the words that decided."""
    case = await new_case(tenant, FIRE)
    assert (case.major, case.major_candidate) == (False, True)
    view = await seen(tenant, case.id)
    [found] = view.findings
    assert (found.code.value, found.rule_id, found.words) == ("fire", "major-fire", ["自燃"])
    assert found.reason_zh
    assert found.reason_en
    assert view.candidate
    assert "major.found" in await events(tenant, case.id)


async def test_the_third_complaint_about_one_fault_of_a_vehicle_makes_a_candidate(app_engine: None):
    """R2.6: three or more for the same fault."""
    tenant = await found_tenant()
    cases = [await new_case(tenant, NOISE, at=MONDAY + timedelta(minutes=minutes)) for minutes in range(3)]
    other = await new_case(tenant, msgspec.structs.replace(NOISE, vehicle_vin="LSVAA49J532047388"))
    assert await watched(tenant, cases[2].id) == ["repeated_repair"]
    assert await watched(tenant, cases[2].id) == ["repeated_repair"], "found once"
    assert (await seen(tenant, cases[2].id)).candidate
    assert await watched(tenant, other.id) == []
    assert (await events(tenant, cases[2].id)).count("major.found") == 1


async def test_reopening_counts_as_another_complaint(app_engine: None):
    """R2.6."""
    tenant = await found_tenant()
    first, second = [await new_case(tenant, NOISE), await new_case(tenant, NOISE)]
    assert await watched(tenant, second.id) == []
    head = tenant.actor(Role.STATION_HEAD)
    await walk(head, first.id, SPOKEN, TOLD)
    await service.reopen(head, first.id, Reopen(reason="异响再次出现"), version=None, as_of=NOON)
    assert await watched(tenant, first.id) == ["repeated_repair"]


async def test_goodwill_in_all_above_the_limit_makes_a_candidate(tenant: Tenant):
    """R2.6: given and asked for, together."""
    case = await new_case(tenant, FIRE)
    dear = msgspec.structs.replace(VOUCHER, amount_minor=600_000)
    head = tenant.actor(Role.STATION_HEAD)
    await service.compensate(head, case.id, dear, version=None, as_of=NOON)
    assert "amount" not in await watched(tenant, case.id)
    # Another kind, so that the limit of the station head allows it as well.
    later = msgspec.structs.replace(dear, kind=CompensationKind.FREE_PARTS)
    await service.compensate(head, case.id, later, version=None, as_of=NOON)
    assert "amount" in await watched(tenant, case.id)


async def test_a_stalemate_at_the_oem_makes_a_candidate(tenant: Tenant):
    """R2.6: station, dealer and field manager, and no agreement."""
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words="空调不制冷"))
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    await walk(tenant.actor(Role.ADVISOR), case.id, SPOKEN)
    await service.take_over(manager, case.id, TakeOver(reason="由区域处理"), version=None, as_of=NOON)
    assert await watched(tenant, case.id) == []
    await service.hold(manager, case.id, Hold(reason="客户不接受任何方案"), version=None, as_of=NOON)
    assert await watched(tenant, case.id) == ["procedure"]


async def test_what_is_said_later_counts_too(tenant: Tenant):
    """R2.6."""
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words="空调不制冷"))
    spoken = msgspec.structs.replace(SPOKEN, summary="客户称再不解决就找记者曝光")
    await walk(tenant.actor(Role.ADVISOR), case.id, spoken)
    assert "public_attention" in await watched(tenant, case.id)


async def test_confirming_keeps_criteria_reason_and_nature_and_counts_the_promises_again(tenant: Tenant):
    """R2.6."""
    case = await new_case(tenant, FIRE)
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    case = await service.confirm_major(manager, case.id, RISK, version=case.version, as_of=NOON)
    assert (case.major, case.nature) == (True, Nature.POTENTIAL_MEDIA)
    view = await seen(tenant, case.id)
    [made] = view.decisions
    assert (made.decision, made.criteria) == (MajorVerdict.CONFIRMED, [MajorCriterion.RISK])
    assert (made.reason, made.decided_name, made.decided_at) == (RISK.reason, manager.name, NOON)
    assert (view.major, view.candidate) == (True, False)
    assert (await history(tenant, case.id))[-1].kind == "confirm_major"
    assert "major.decided" in await events(tenant, case.id)


async def test_dismissing_needs_a_reason_and_new_signs_raise_it_again(tenant: Tenant):
    """R2.6."""
    case = await new_case(tenant, FIRE)
    manager = tenant.actor(Role.HEAD_OFFICE)
    with pytest.raises(Invalid):
        await service.dismiss_major(manager, case.id, DismissMajor(reason=" "), version=None)
    wanted = DismissMajor(reason="仅为排气管冒烟")
    case = await service.dismiss_major(manager, case.id, wanted, version=case.version, as_of=NOON)
    assert (case.major, case.major_candidate) == (False, False)
    with pytest.raises(Conflict) as caught:
        await service.dismiss_major(manager, case.id, wanted, version=None, as_of=NOON)
    assert caught.value.code == "major_not_in_question"
    assert await watched(tenant, case.id) == ["fire"]
    assert not (await seen(tenant, case.id)).candidate
    spoken = msgspec.structs.replace(SPOKEN, summary="客户称再不解决就找记者曝光")
    await walk(tenant.actor(Role.ADVISOR), case.id, spoken)
    await watched(tenant, case.id)
    assert (await seen(tenant, case.id)).candidate


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.SERVICE_MANAGER, Role.STATION_HEAD])
async def test_a_dealer_cannot_dismiss_its_own_candidate(tenant: Tenant, role: Role):
    """R2.6: neither by the command nor by taking the mark away."""
    case = await new_case(tenant, FIRE)
    dealer = tenant.actor(role)
    with pytest.raises(Forbidden):
        await service.dismiss_major(dealer, case.id, DismissMajor(reason="不是"), version=None)
    with pytest.raises(Forbidden):
        await service.confirm_major(dealer, case.id, RISK, version=None)
    await service.classify(
        dealer, case.id, Classify(major=True, reason="客户情绪激动"), version=None, as_of=NOON
    )
    with pytest.raises(Forbidden):
        await service.classify(dealer, case.id, Classify(major=False, reason="误标"), version=None)


async def test_a_mark_set_by_hand_is_a_finding_that_is_told(tenant: Tenant):
    """R2.6: found by rule or by hand, each with its reason."""
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words="空调不制冷"))
    wanted = Classify(major=True, reason="客户为知名博主")
    await service.classify(tenant.actor(Role.SERVICE_MANAGER), case.id, wanted, version=None, as_of=NOON)
    [found] = (await seen(tenant, case.id)).findings
    assert (found.code.value, found.reason_zh) == ("by_hand", "客户为知名博主")
    assert "major.found" in await events(tenant, case.id)


async def test_criteria_are_required(tenant: Tenant):
    """R2.6."""
    case = await new_case(tenant, FIRE)
    wanted = ConfirmMajor(criteria=(), reason="起火")
    with pytest.raises(Invalid) as caught:
        await service.confirm_major(tenant.actor(Role.HEAD_OFFICE), case.id, wanted, version=None)
    assert [each.field for each in caught.value.fields] == ["criteria"]
