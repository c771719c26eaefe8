"""Random commands by everybody on the real tables: understandable refusals only, and no rule broken."""

import asyncio
import contextlib
import os
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import detail, queries, service
from shared.cases.authority import default_authority, given_of
from shared.cases.command_moves import CONCLUDED
from shared.cases.commands import (
    Acknowledge,
    AddNote,
    AskTransfer,
    Assign,
    Classify,
    Close,
    ConfirmReceipt,
    ContactChannel,
    Escalate,
    HandBack,
    Hold,
    Judge,
    LogContact,
    RefuseTransfer,
    Reopen,
    RequestFromCustomer,
    Resolve,
    Resume,
    Survey,
    Take,
    TakeOver,
    Transfer,
    Withdraw,
)
from shared.cases.intake import Intake, Source
from shared.cases.states import FINAL
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Category, Channel, Department, Kind, Urgency
from shared.cases.work_commands import (
    AddPoints,
    AddTask,
    Agree,
    Approve,
    CancelTask,
    Compensate,
    ConfirmVisit,
    Decline,
    Diagnose,
    DropCompensation,
    ExecuteStep,
    FinishTask,
    GiveCompensation,
    Plan,
    Verify,
)
from shared.cases.work_views import CaseWork
from shared.cases.work_vocabulary import (
    AgreementWay,
    CompensationKind,
    CompensationState,
    PlanType,
    TaskState,
    Verdict,
)
from shared.db.engine import transaction
from shared.errors import AppError, Conflict
from shared.permissions import Role
from shared.sla.firing import fire_due_of_case
from shared.tenancy import Actor, ActorKind
from tests.support.tenant import MONDAY, Tenant

STEPS_PER_WALK = 200
FAR = {CaseState.CONTACTED, CaseState.PLANNED, CaseState.EXECUTING, CaseState.RESULT_TOLD}
"""A walk that has not come that far goes on for a while."""
WALKS = int(os.environ.get("HUIYIN_WALKS", "4"))
Given = tuple[Any, Any]
Step = Callable[[Actor, UUID, int | None, datetime], Awaitable[CaseView]]


def on_the_way(chance: random.Random, tenant: Tenant, text: str) -> list[Given]:
    people = [*tenant.people.values(), uuid4()]
    classify = Classify(
        category=chance.choice([None, *Category]),
        kind=chance.choice([None, *Kind]),
        urgency=chance.choice([None, *Urgency]),
        major=chance.choice([None, True, False]),
        reason=text,
    )
    contact = LogContact(effective=chance.random() < 0.5, channel=ContactChannel.PHONE, summary=text)
    told = chance.choice([None, ContactChannel.PHONE])
    plan = Plan(plan=text, type=chance.choice([None, *PlanType]), told_via=told)
    agreed = Agree(agreed_by=text, via=chance.choice([AgreementWay.PHONE, AgreementWay.LINK]))
    judged = Judge(
        verdict=chance.choice(list(Verdict)),
        reply=text,
        told_via=ContactChannel.PHONE,
        reason=text,
        alternative=text,
    )
    return [
        (service.confirm_receipt, ConfirmReceipt()),
        (service.take, Take(reason=text)),
        (service.assign, Assign(owner_id=chance.choice(people), reason=text)),
        (service.classify, classify),
        (service.log_contact, contact),
        (service.add_note, AddNote(text=text)),
        (service.add_points, AddPoints(points=(text,))),
        (service.diagnose, Diagnose(findings=text, needs_technical_support=chance.random() < 0.2)),
        (service.plan, plan),
        (service.agree, agreed),
        (service.confirm_visit, ConfirmVisit(via=ContactChannel.PHONE)),
        (service.execute_step, ExecuteStep(step=text)),
        (service.resolve, Resolve(result=text, told_via=ContactChannel.IN_PERSON)),
        (service.judge, judged),
        (service.survey, Survey(satisfied_with_process=True, satisfied_with_result=False)),
        (service.close, Close(root_cause=text, preventive_measure=text)),
        (service.escalate, Escalate(reason=text)),
        (service.acknowledge, Acknowledge(note=text)),
    ]


def beside_it(chance: random.Random, tenant: Tenant, text: str) -> list[Given]:
    amount = chance.choice([1_000, 100_000, 900_000, 10**11])
    wanted = Compensate(
        kind=chance.choice(list(CompensationKind)), amount_minor=amount, currency="CNY", reason=text
    )
    withdraw = Withdraw(reason=text, via=chance.choice([AgreementWay.PHONE, AgreementWay.LINK]))
    move = Transfer(dealer_id=chance.choice([tenant.here, tenant.sibling]), reason=text)
    return [
        (service.request_from_customer, RequestFromCustomer(request=text, via=ContactChannel.SMS)),
        (service.compensate, wanted),
        (service.add_task, AddTask(department=chance.choice(list(Department)), title=text)),
        (service.hold, Hold(reason=text)),
        (service.resume, Resume(reason=text)),
        (service.take_over, TakeOver(reason=text)),
        (service.hand_back, HandBack(reason=text)),
        (service.ask_transfer, AskTransfer(reason=text)),
        (service.refuse_transfer, RefuseTransfer(reason=text)),
        (service.transfer, move),
        *([(service.withdraw, withdraw)] if chance.random() < 0.2 else []),
        *([(service.reopen, Reopen(reason=text))] if chance.random() < 0.4 else []),
    ]


async def on_items(chance: random.Random, tenant: Tenant, case_id: UUID, text: str) -> list[Step]:
    """Commands on the points, tasks and compensations that the case has."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        work = await queries.work_of(tx, tenant.oem_id, case_id)
    steps: list[Step] = []
    confirmed = tuple(each.id for each in work.points if chance.random() < 0.8)
    steps.append(step_of(service.verify, Verify(check=text, confirmed=confirmed)))
    for task in work.tasks[-2:]:
        steps.append(step_of(service.finish_task, FinishTask(outcome=text), task.id))
        steps.append(step_of(service.cancel_task, CancelTask(reason=text), task.id))
    for item in work.compensations[-2:]:
        steps.append(step_of(service.approve, Approve(reason=text), item.id))
        steps.append(step_of(service.decline, Decline(reason=text), item.id))
        steps.append(step_of(service.give, GiveCompensation(), item.id))
        steps.append(step_of(service.drop, DropCompensation(reason=text), item.id))
    return steps


def step_of(run: Any, command: Any, *item: UUID) -> Step:
    async def step(actor: Actor, case_id: UUID, version: int | None, at: datetime) -> CaseView:
        return await run(actor, case_id, *item, command, version=version, as_of=at)

    return step


ONWARD: dict[CaseState, Given] = {
    CaseState.RECEIVED: (service.confirm_receipt, ConfirmReceipt()),
    CaseState.REGISTERED: (
        service.log_contact,
        LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系"),
    ),
    CaseState.CONTACTED: (service.diagnose, Diagnose(findings="球头间隙超差")),
    CaseState.DIAGNOSED: (service.plan, Plan(plan="更换球头", told_via=ContactChannel.PHONE)),
    CaseState.PLANNED: (service.agree, Agree(agreed_by="张测试", via=AgreementWay.PHONE)),
    CaseState.AGREED: (service.execute_step, ExecuteStep(step="更换球头")),
    CaseState.EXECUTING: (service.verify, Verify(check="路试", points=("异响",))),
    CaseState.VERIFIED: (service.resolve, Resolve(result="已更换", told_via=ContactChannel.PHONE)),
    CaseState.RESULT_TOLD: (
        service.survey,
        Survey(satisfied_with_process=True, satisfied_with_result=True),
    ),
    CaseState.SURVEYED: (service.close, Close(root_cause="批次", preventive_measure="排查")),
    CaseState.ON_HOLD: (service.resume, Resume(reason="继续")),
}
"""What usually comes next, so that walks get far enough to try everything."""


async def some_step(chance: random.Random, tenant: Tenant, case_id: UUID) -> Step:
    text = chance.choice(["", "已处理", "已处理", "已处理", "已处理"])
    lot = chance.random()
    if lot < 0.2:
        return chance.choice(await on_items(chance, tenant, case_id, text))
    given = on_the_way(chance, tenant, text) if lot < 0.8 else beside_it(chance, tenant, text)
    return step_of(*chance.choice(given))


async def new_case(chance: random.Random, tenant: Tenant, at: datetime) -> CaseView:
    registrar = chance.choice([tenant.actor(Role.ADVISOR), tenant.api_key(tenant.here)])
    source = Source.API if registrar.membership_id is None else Source.STAFF
    intake = Intake(channel=Channel.PHONE, words=chance.choice(["刹车失灵", "空调不制冷"]))
    return await service.register(registrar, intake, source=source, as_of=at)


async def sweep(tenant: Tenant, case_id: UUID, at: datetime, told: UUID) -> None:
    """What the worker does meanwhile: fire what is due, tell somebody."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, as_of=at) as tx:
        await fire_due_of_case(tx, tenant.oem_id, case_id)
        await tx.execute(
            "UPDATE escalations SET recipient_ids = ARRAY[$2::uuid]"
            " WHERE case_id = $1 AND recipient_ids = '{}'",
            case_id,
            told,
        )


def assert_within_limits(work: CaseWork) -> None:
    """R3.2: whoever gave something unasked could give all that the case had been given by then."""
    limits = default_authority()
    for each in work.compensations:
        if each.wanted_role is None:
            before = [other for other in work.compensations if other.created_at < each.created_at]
            total = given_of(before, each.kind, each.currency, None) + each.amount_minor
            assert limits.allows(Role(each.created_by.split()[0]), each.kind, total)


_LASTING = "SELECT party FROM case_waits WHERE oem_id = $1 AND case_id = $2 AND until IS NULL"


async def assert_sound(tenant: Tenant, case_id: UUID, at: datetime) -> CaseView:
    """What holds of every case after every command."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, as_of=at) as tx:
        case = await detail.case_view(tx, tenant.oem_id, case_id)
        clocks = await detail.clocks_of(tx, tenant.oem_id, case_id)
        entries = (await detail.timeline(tx, tenant.oem_id, case_id, limit=detail.MOST_ENTRIES)).items
        work = await queries.work_of(tx, tenant.oem_id, case_id)
        waited_for = await tx.values(_LASTING, tenant.oem_id, case_id)
        audited = await tx.value(
            "SELECT count(*) FROM audit_entries WHERE entity = 'case' AND entity_id = $1", str(case_id)
        )
    kinds = {entry.kind for entry in entries}
    still_open = [clock for clock in clocks if clock.state in {"running", "paused", "breached"}]
    assert case.due_at == min((clock.due_at for clock in still_open), default=None)
    for clock in clocks:
        assert list(clock.schedule) == sorted(clock.schedule)
        assert clock.breached_at is None or clock.breached_at == clock.due_at
        if clock.met_at is not None:
            assert (clock.met_at >= clock.due_at) == (clock.breached_at is not None)
            assert clock.next_at is None
    of_cycle = [clock for clock in clocks if clock.cycle == case.cycle]
    assert {clock.cycle for clock in still_open} <= {case.cycle}, "at most one cycle is open"
    states = {clock.metric: clock.state for clock in of_cycle}
    kept = {None, "met", "cancelled"}
    assert (case.closed_at is not None) == (case.state in FINAL)
    assert (case.held_in is not None) == (case.state is CaseState.ON_HOLD)
    if case.state in FINAL.union(CONCLUDED):
        assert waited_for == [], "nobody is waited for once the result is told"
    if case.state in FINAL:
        assert not still_open
        assert case.open_tasks == 0
        assert case.open_compensations == 0
    if case.state is CaseState.CLOSED:
        assert case.verdict is not None or (case.root_cause and case.preventive_measure)
        assert {"resolve", "judge_suggestion", "judge_experience"} & kinds
    assert case.result_told_at is None or states.get("resolve") in kept
    assert case.state in {CaseState.RECEIVED, CaseState.REGISTERED} or states.get("first_contact") in kept
    assert case.state is CaseState.RECEIVED or states.get("register") in kept
    assert (case.points, case.open_points) == (
        len(work.points),
        sum(each.confirmed_at is None for each in work.points),
    )
    assert case.open_tasks == sum(each.state is TaskState.OPEN for each in work.tasks)
    waiting = {CompensationState.ASKED, CompensationState.APPROVED}
    assert case.open_compensations == sum(each.state in waiting for each in work.compensations)
    for each in work.compensations:
        assert each.state is not CompensationState.GIVEN or each.approver
    if case.cycle == 1:
        assert_within_limits(work)
    assert case.version == audited, "every change is in the audit log"
    # The reason for an earlier time of receipt stands beside the registration.
    assert sum(each.kind != "backdate" for each in entries) == case.version
    return case


@pytest.mark.parametrize("seed", range(WALKS))
async def test_no_walk_breaks_a_rule(tenant: Tenant, seed: int):
    """R3, R4: every role, every command, stale versions, late sweeps."""
    chance = random.Random(seed)
    roles = [Role.ADVISOR, Role.SERVICE_MANAGER, Role.STATION_HEAD, Role.TECHNICIAN, Role.READER]
    roles += [Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE]
    actors = [tenant.actor(role) for role in roles]
    actors += [tenant.api_key(tenant.here), tenant.actor(Role.ADVISOR, tenant.sibling)]
    scope = tenant.actor(Role.ADMINISTRATOR).scope
    actors.append(Actor(ActorKind.CUSTOMER, Role.CUSTOMER, scope, "客户", id=uuid4()))
    at = MONDAY
    case = await new_case(chance, tenant, at)
    reached: set[CaseState] = set()
    for taken in range(3 * STEPS_PER_WALK):
        if taken >= STEPS_PER_WALK and reached >= FAR:
            break
        if case.state in FINAL and chance.random() < 0.3:
            case = await new_case(chance, tenant, at)
        at += timedelta(minutes=chance.choice([1, 20, 90, 600]))
        if chance.random() < 0.3:
            told = chance.choice([each for each in actors if each.membership_id])
            assert told.membership_id is not None
            await sweep(tenant, case.id, at, told.membership_id)
        version = chance.choice([None, case.version, case.version, case.version, case.version - 1])
        with contextlib.suppress(AppError):
            if case.state in ONWARD and chance.random() < 0.35:
                await step_of(*ONWARD[case.state])(tenant.actor(Role.HEAD_OFFICE), case.id, version, at)
            else:
                step = await some_step(chance, tenant, case.id)
                await step(chance.choice(actors), case.id, version, at)
        case = await assert_sound(tenant, case.id, at)
        reached.add(case.state)
    assert reached >= FAR


async def test_of_two_commands_on_the_same_version_one_is_refused(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    intake = Intake(channel=Channel.PHONE, words="空调不制冷")
    case = await service.register(advisor, intake, source=Source.STAFF, as_of=MONDAY)
    results = await asyncio.gather(
        *(
            service.add_note(advisor, case.id, AddNote(text=f"{number}"), version=1, as_of=MONDAY)
            for number in range(5)
        ),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, Conflict)]
    assert len(refused) == 4
    assert {each.code for each in refused} == {"stale_version"}
    after = await assert_sound(tenant, case.id, MONDAY)
    assert msgspec.structs.replace(after, version=1, updated_at=case.updated_at) == case
