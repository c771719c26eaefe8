"""Authority limits: within one's own given at once, above it asked for up the chain (R3.2, R3.5)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.cases import service
from shared.cases.authority import default_authority
from shared.cases.commands import Reopen
from shared.cases.work_commands import Approve, Decline, DropCompensation, GiveCompensation
from shared.cases.work_views import CompensationView
from shared.cases.work_vocabulary import CompensationKind, CompensationState
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.integration.cases.walking import (
    CAUSE,
    NOON,
    SPOKEN,
    TOLD,
    VOUCHER,
    events,
    new_case,
    walk,
    work_of,
)
from tests.support.tenant import FOUNDED, Tenant, found_tenant

DEAR = msgspec.structs.replace(VOUCHER, amount_minor=900_000)


async def refused(error: type[AppError], code: str, work: Any) -> AppError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def asked(tenant: Tenant, by: Actor) -> tuple[UUID, CompensationView]:
    """A case with a compensation that is above the limit of whoever asks."""
    case = await new_case(tenant)
    await walk(by, case.id, SPOKEN)
    case = await service.compensate(by, case.id, DEAR, version=None, as_of=NOON)
    assert case.open_compensations == 1
    [found] = (await work_of(tenant, case.id)).compensations
    return case.id, found


async def test_within_the_limit_it_is_given_at_once(tenant: Tenant):
    """R3.5: kind, amount, approver."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    case = await service.compensate(advisor, case.id, VOUCHER, version=None, as_of=NOON)
    [given] = (await work_of(tenant, case.id)).compensations
    assert (given.state, given.approver, given.given_at) == (CompensationState.GIVEN, advisor.name, NOON)
    assert (given.wanted_role, case.open_compensations) == (None, 0)
    assert "compensation.given" in await events(tenant, case.id)


async def test_above_the_limit_the_lowest_role_that_may_is_asked(tenant: Tenant):
    """R3.2."""
    case_id, found = await asked(tenant, tenant.actor(Role.ADVISOR))
    assert (found.state, found.wanted_role, found.given_at) == (
        CompensationState.ASKED,
        Role.STATION_HEAD,
        None,
    )
    assert "approval.asked" in await events(tenant, case_id)


async def test_nothing_is_given_before_it_is_approved(tenant: Tenant):
    """R3.2."""
    advisor, head = tenant.actor(Role.ADVISOR), tenant.actor(Role.STATION_HEAD)
    case_id, found = await asked(tenant, advisor)
    give = GiveCompensation()
    await refused(
        Conflict, "not_approved", service.give(advisor, case_id, found.id, give, version=None, as_of=NOON)
    )
    await walk(advisor, case_id, TOLD)
    await refused(Conflict, "compensation_open", walk(head, case_id, CAUSE))
    await service.approve(head, case_id, found.id, Approve(reason="同意"), version=None, as_of=NOON)
    [approved] = (await work_of(tenant, case_id)).compensations
    assert (approved.state, approved.approver, approved.decided_name, approved.decision_reason) == (
        CompensationState.APPROVED,
        head.name,
        head.name,
        "同意",
    )
    await refused(Conflict, "compensation_open", walk(head, case_id, CAUSE))
    case = await service.give(advisor, case_id, found.id, give, version=None, as_of=NOON)
    assert case.open_compensations == 0
    await refused(
        Conflict, "already_given", service.give(advisor, case_id, found.id, give, version=None, as_of=NOON)
    )
    await walk(head, case_id, CAUSE)


async def test_who_decides_needs_the_limit_and_is_not_who_asked(tenant: Tenant):
    """R3.2."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case_id, found = await asked(tenant, manager)
    await refused(
        Forbidden,
        "above_limit",
        service.approve(manager, case_id, found.id, Approve(), version=None, as_of=NOON),
    )
    await refused(
        Forbidden,
        "not_permitted",
        service.approve(
            tenant.actor(Role.CUSTOMER_RELATIONS), case_id, found.id, Approve(), version=None, as_of=NOON
        ),
    )
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        head = tenant.actor(Role.STATION_HEAD)
        await tx.execute("UPDATE case_approvals SET asked_by = $2 WHERE case_id = $1", case_id, head.id)
    await refused(
        Forbidden,
        "own_request",
        service.approve(head, case_id, found.id, Approve(), version=None, as_of=NOON),
    )
    above = tenant.actor(Role.REGIONAL_MANAGER)
    await service.approve(above, case_id, found.id, Approve(), version=None, as_of=NOON)


async def test_a_refusal_says_why_and_is_final(tenant: Tenant):
    """R3.2."""
    head = tenant.actor(Role.STATION_HEAD)
    case_id, found = await asked(tenant, tenant.actor(Role.ADVISOR))
    await refused(
        Invalid,
        "invalid_input",
        service.decline(head, case_id, found.id, Decline(reason=" "), version=None, as_of=NOON),
    )
    no = Decline(reason="请先说明维修方案")
    case = await service.decline(head, case_id, found.id, no, version=None, as_of=NOON)
    assert case.open_compensations == 0
    await refused(
        Conflict,
        "not_approved",
        service.give(head, case_id, found.id, GiveCompensation(), version=None, as_of=NOON),
    )
    await refused(
        Conflict,
        "already_decided",
        service.approve(head, case_id, found.id, Approve(), version=None, as_of=NOON),
    )
    [declined] = (await work_of(tenant, case_id)).compensations
    assert (declined.state, declined.decision_reason) == (CompensationState.DECLINED, no.reason)


async def test_what_is_not_needed_any_more_is_dropped(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    case_id, found = await asked(tenant, advisor)
    drop = DropCompensation(reason="客户不再要求")
    case = await service.drop(advisor, case_id, found.id, drop, version=None, as_of=NOON)
    assert case.open_compensations == 0
    other = await new_case(tenant)
    await refused(
        NotFound,
        "compensation_not_found",
        service.drop(advisor, other.id, found.id, drop, version=None, as_of=NOON),
    )


async def test_amounts_are_in_the_currency_of_the_limits_and_within_somebodys(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    for wrong, field, code in (
        ({"currency": "EUR"}, "currency", "other_currency"),
        ({"amount_minor": 10**11}, "amount_minor", "nobody_may_give"),
    ):
        command = msgspec.structs.replace(VOUCHER, **wrong)
        error = await refused(
            Invalid, "invalid_input", service.compensate(advisor, case.id, command, version=None, as_of=NOON)
        )
        assert [(each.field, each.code) for each in error.fields] == [(field, code)]


async def test_an_oem_sets_its_own_limits(app_engine: None):
    """R3.2: who may decide what is policy data."""
    tenant = await found_tenant()
    admin = tenant.actor(Role.ADMINISTRATOR)
    usual = default_authority()
    strict = msgspec.structs.replace(usual, limits={Role.STATION_HEAD: usual.limits[Role.STATION_HEAD]})
    async with transaction(admin.scope, as_of=FOUNDED) as tx:
        await policies.publish(tx, admin, PolicyName.AUTHORITY, msgspec.json.encode(strict))
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await service.compensate(advisor, case.id, VOUCHER, version=None, as_of=NOON)
    [found] = (await work_of(tenant, case.id)).compensations
    assert (found.state, found.wanted_role) == (CompensationState.ASKED, Role.STATION_HEAD)


async def test_a_limit_counts_all_that_a_case_gets_in_a_round(tenant: Tenant):
    """R3.2: an amount in slices is the same amount, by whoever they are given."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    other_kind = msgspec.structs.replace(VOUCHER, kind=CompensationKind.FREE_SERVICE)
    for number, (by, wanted) in enumerate(
        [(advisor, VOUCHER), (advisor, VOUCHER), (manager, DEAR), (manager, VOUCHER), (advisor, other_kind)]
    ):
        at = NOON + timedelta(minutes=number)
        await service.compensate(by, case.id, wanted, version=None, as_of=at)
    found = (await work_of(tenant, case.id)).compensations
    # 400, 800, 9,800 and 10,200 yuan in all; of another kind 400.
    assert [(each.state.value, each.wanted_role) for each in found] == [
        ("given", None),
        ("asked", Role.SERVICE_MANAGER),
        ("asked", Role.STATION_HEAD),
        ("asked", Role.REGIONAL_MANAGER),
        ("given", None),
    ]


async def test_many_slices_at_a_time_are_one_amount(tenant: Tenant):
    """R3.2: one after the other, under the lock of the case."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await asyncio.gather(
        *(service.compensate(advisor, case.id, VOUCHER, version=None, as_of=NOON) for _ in range(4))
    )
    states = sorted(each.state.value for each in (await work_of(tenant, case.id)).compensations)
    assert states == ["asked", "asked", "asked", "given"]


async def test_who_approves_needs_the_limit_for_all_up_to_then(tenant: Tenant):
    """R3.2: what was wanted before counts, what was declined does not."""
    advisor, head = tenant.actor(Role.ADVISOR), tenant.actor(Role.STATION_HEAD)
    case = await new_case(tenant)
    late = NOON + timedelta(minutes=5)
    await service.compensate(advisor, case.id, DEAR, version=None, as_of=NOON)
    await service.compensate(advisor, case.id, DEAR, version=None, as_of=late)
    first, second = (await work_of(tenant, case.id)).compensations
    assert (first.wanted_role, second.wanted_role) == (Role.STATION_HEAD, Role.REGIONAL_MANAGER)
    approve = Approve(reason="同意")
    await refused(
        Forbidden, "above_limit", service.approve(head, case.id, second.id, approve, version=None, as_of=late)
    )
    await service.decline(head, case.id, first.id, Decline(reason="过高"), version=None, as_of=late)
    await service.approve(head, case.id, second.id, approve, version=None, as_of=late)


async def test_a_round_has_limits_of_its_own(tenant: Tenant):
    """R3.2, R3.3."""
    advisor, head = tenant.actor(Role.ADVISOR), tenant.actor(Role.STATION_HEAD)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN)
    await service.compensate(advisor, case.id, VOUCHER, version=None, as_of=NOON)
    await walk(head, case.id, TOLD)
    late = NOON + timedelta(hours=1)
    await service.reopen(head, case.id, Reopen(reason="再次出现"), version=None, as_of=late)
    await service.compensate(advisor, case.id, VOUCHER, version=None, as_of=late)
    found = (await work_of(tenant, case.id)).compensations
    assert [each.state for each in found] == [CompensationState.GIVEN] * 2


def test_the_chain_is_asked_from_below():
    """R3.2."""
    limits = default_authority()
    amounts = (10_000, 300_000, 900_000, 4_000_000, 90_000_000, 10**11)
    assert [limits.approver(CompensationKind.VOUCHER, each) for each in amounts] == [
        Role.SERVICE_MANAGER,
        Role.SERVICE_MANAGER,
        Role.STATION_HEAD,
        Role.REGIONAL_MANAGER,
        Role.HEAD_OFFICE,
        None,
    ]
    assert limits.approver(CompensationKind.CASH, 300_000) is Role.STATION_HEAD
