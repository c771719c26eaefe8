"""Random commands by everybody on the real tables: understandable refusals only, and no rule broken."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import detail, service
from shared.cases.commands import (
    Acknowledge,
    AddNote,
    Assign,
    Classify,
    Close,
    ConfirmReceipt,
    ContactChannel,
    Escalate,
    LogContact,
    Resolve,
    Take,
)
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.cases.work_commands import Plan
from shared.db.engine import transaction
from shared.errors import AppError, Conflict
from shared.permissions import Role
from shared.sla.firing import fire_due_of_case
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

STEPS_PER_WALK = 150
Step = Callable[[Actor, UUID, int | None, datetime], Awaitable[CaseView]]


def some_step(chance: random.Random, tenant: Tenant) -> Step:
    text = chance.choice(["", "已处理", "已处理", "已处理", "已处理"])
    people = [*tenant.people.values(), uuid4()]
    commands = [
        (service.confirm_receipt, ConfirmReceipt()),
        (service.take, Take(reason=text)),
        (service.assign, Assign(owner_id=chance.choice(people), reason=text)),
        (
            service.classify,
            Classify(
                category=chance.choice([None, *Category]),
                kind=chance.choice([None, *Kind]),
                urgency=chance.choice([None, *Urgency]),
                major=chance.choice([None, True, False]),
                reason=text,
            ),
        ),
        (
            service.log_contact,
            LogContact(effective=chance.random() < 0.5, channel=ContactChannel.PHONE, summary=text),
        ),
        (service.add_note, AddNote(text=text)),
        (service.plan, Plan(plan=text, told_via=chance.choice([None, ContactChannel.PHONE]))),
        (service.resolve, Resolve(result=text, told_via=ContactChannel.IN_PERSON)),
        (service.close, Close(root_cause=text, preventive_measure=text)),
        (service.escalate, Escalate(reason=text)),
        (service.acknowledge, Acknowledge(note=text)),
    ]
    weights = [1, 2, 2, 4, 2, 1, 2, 1, 3, 1, 3]
    [(run, command)] = chance.choices(commands, weights)

    async def step(actor: Actor, case_id: UUID, version: int | None, at: datetime) -> CaseView:
        return await run(actor, case_id, command, version=version, as_of=at)

    return step


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


async def assert_sound(tenant: Tenant, case_id: UUID, at: datetime) -> CaseView:
    """What holds of every case after every command."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, as_of=at) as tx:
        case = await detail.case_view(tx, tenant.oem_id, case_id)
        clocks = await detail.clocks_of(tx, tenant.oem_id, case_id)
        entries = await detail.timeline(tx, tenant.oem_id, case_id)
    kinds = {entry.kind for entry in entries}
    still_open = [clock for clock in clocks if clock.state in {"running", "breached"}]
    assert case.due_at == min((clock.due_at for clock in still_open), default=None)
    for clock in clocks:
        assert list(clock.schedule) == sorted(clock.schedule)
        assert clock.breached_at is None or clock.breached_at == clock.due_at
        if clock.met_at is not None:
            assert (clock.met_at >= clock.due_at) == (clock.breached_at is not None)
            assert clock.next_at is None
    states = {clock.metric: clock.state for clock in clocks}
    if case.state is CaseState.CLOSED:
        assert not still_open
        assert case.root_cause
        assert case.preventive_measure
        assert case.closed_at is not None
        assert {"resolve", "close"} <= kinds
    assert (case.result_told_at is not None) == ("resolve" in kinds)
    assert case.result_told_at is None or states.get("resolve") in {None, "met", "cancelled"}
    assert case.contacted_at is None or states.get("first_contact") in {None, "met", "cancelled"}
    assert case.state is CaseState.RECEIVED or states.get("register") in {None, "met", "cancelled"}
    assert len(entries) == case.version
    return case


@pytest.mark.parametrize("seed", range(4))
async def test_no_walk_breaks_a_rule(tenant: Tenant, seed: int):
    """R3, R4: every role, every command, stale versions, late sweeps."""
    chance = random.Random(seed)
    roles = [Role.ADVISOR, Role.SERVICE_MANAGER, Role.STATION_HEAD, Role.TECHNICIAN, Role.READER]
    roles += [Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE]
    actors = [tenant.actor(role) for role in roles]
    actors += [tenant.api_key(tenant.here), tenant.actor(Role.ADVISOR, tenant.sibling)]
    at = MONDAY
    case = await new_case(chance, tenant, at)
    reached: set[CaseState] = set()
    for _ in range(STEPS_PER_WALK):
        if case.state is CaseState.CLOSED and chance.random() < 0.3:
            case = await new_case(chance, tenant, at)
        at += timedelta(minutes=chance.choice([1, 20, 90, 600]))
        if chance.random() < 0.3:
            told = chance.choice([each for each in actors if each.membership_id])
            assert told.membership_id is not None
            await sweep(tenant, case.id, at, told.membership_id)
        version = chance.choice([None, case.version, case.version, case.version, case.version - 1])
        with contextlib.suppress(AppError):
            await some_step(chance, tenant)(chance.choice(actors), case.id, version, at)
        case = await assert_sound(tenant, case.id, at)
        reached.add(case.state)
    assert {CaseState.CONTACTED, CaseState.RESULT_TOLD, CaseState.CLOSED} <= reached


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
