"""Random commands on several complaints: merged, taken apart and linked, and no rule broken (R1.7)."""

import contextlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import Link, Merge, Reopen, Survey, Unlink, Unmerge, Withdraw
from shared.cases.intake import Intake, Source
from shared.cases.joint_promises import JointClocks
from shared.cases.register_many import Registered
from shared.cases.states import FINAL
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Channel
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import transaction
from shared.errors import AppError
from shared.inbound.complaints import InboundComplaint, take_complaint
from shared.inbound.sources import Sender
from shared.permissions import Permission, Role, may
from shared.sla.pause import spans_of, within
from shared.sla.policy import BEGUN_LATER, PauseRules
from shared.tenancy import Actor, ActorKind, Scope
from tests.integration.cases.test_random_walk import ONWARD, Step, assert_sound, some_step, step_of, sweep
from tests.support.tenant import MONDAY, Tenant

STEPS_PER_WALK = 150
MOST_CASES = 5
MERGERS = {"merge", "absorb", "link"}


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """How a merged case and the one it is handled in stand to each other."""

    id: UUID
    dealer_id: int
    closed_at: datetime
    result_told_at: datetime | None
    merged_clocks: JointClocks
    holder_id: UUID
    holder_dealer_id: int
    holder_state: CaseState
    holder_began_at: datetime
    holder_pauses: list[datetime]


_HELD = """
SELECT c.id, c.dealer_id, c.closed_at, c.result_told_at, c.merged_clocks, h.id AS holder_id,
       h.dealer_id AS holder_dealer_id, h.state AS holder_state,
       coalesce(h.reopened_at, h.received_at) AS holder_began_at, h.pauses AS holder_pauses
FROM cases c JOIN cases h ON h.oem_id = c.oem_id AND h.id = c.merged_into
WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[])
"""
_RUNNING = """
SELECT k.metric, k.due_at FROM clocks k JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id
WHERE k.oem_id = $1 AND k.case_id = $2 AND k.cycle = c.cycle AND k.state = 'running'
"""
_ONE_SIDED = """
SELECT count(*) FROM case_links l
WHERE l.oem_id = $1 AND NOT EXISTS (
    SELECT FROM case_links o WHERE o.oem_id = l.oem_id AND o.case_id = l.other_id AND o.other_id = l.case_id
)
"""
_KINDS = "SELECT DISTINCT kind FROM timeline_entries WHERE oem_id = $1"


class Running(msgspec.Struct, frozen=True):
    """A promise that is not late yet."""

    metric: str
    due_at: datetime


async def new_case(chance: random.Random, tenant: Tenant, at: datetime) -> CaseView:
    """By staff, another system's key, a signed message, or with others in one file."""
    words = chance.choice(["刹车失灵", "空调不制冷", "建议增加座椅加热"])
    door = chance.choice(["staff", "key", "webhook", "bulk"])
    intake = Intake(channel=Channel.PHONE, words=words, dealer_id=tenant.here)
    if door == "bulk":
        actor = tenant.actor(Role.ADMINISTRATOR)
        made = await service.register_many(actor, [intake, intake], source=Source.IMPORT, as_of=at)
        one = next(each for each in made if isinstance(each, Registered))
        async with transaction(actor.scope, read_only=True) as tx:
            assert one.id is not None
            return await queries.case_view(tx, tenant.oem_id, one.id)
    if door == "webhook":
        message = InboundComplaint(reference=uuid4().hex, words=words)
        sender = Sender(
            actor=tenant.api_key(tenant.here),
            source_id=uuid4(),
            code="forum",
            channel=Channel.CHAT,
            answer_seconds=60,
            country="CN",
            message_id=uuid4().hex,
        )
        return await take_complaint(sender, message, as_of=at)
    actor = tenant.api_key(tenant.here) if door == "key" else tenant.actor(Role.ADVISOR)
    source = Source.API if door == "key" else Source.STAFF
    return await service.register(actor, intake, source=source, as_of=at)


def of_pairs(chance: random.Random, others: Sequence[CaseView]) -> tuple[Permission, Step]:
    """What brings cases together and apart, and what a merged customer says for himself."""
    other = chance.choice(others).id
    reason = chance.choice(["", "同一车辆", "同一车辆", "同一车辆"])
    via = chance.choice([AgreementWay.PHONE, AgreementWay.LINK])
    said = Survey(satisfied_with_process=True, satisfied_with_result=False)
    merge = (Permission.CASE_MERGE, service.merge, Merge(into_id=other, reason=reason))
    needed, run, command = chance.choice(
        [
            merge,
            merge,
            merge,
            (Permission.CASE_MERGE, service.unmerge, Unmerge(reason=reason)),
            (Permission.CASE_CLASSIFY, service.link, Link(other_id=other, reason=reason)),
            (Permission.CASE_CLASSIFY, service.unlink, Unlink(other_id=other, reason=reason)),
            (Permission.CASE_WITHDRAW, service.withdraw, Withdraw(reason=reason, via=via)),
            (Permission.CASE_SURVEY, service.survey, said),
            (Permission.CASE_REOPEN, service.reopen, Reopen(reason=reason)),
        ]
    )
    return needed, step_of(run, command)


async def assert_mergers_sound(tenant: Tenant, cases: Sequence[CaseView]) -> None:
    """A merged case has a holder that is none itself; nobody's promise is forgotten, nobody left behind."""
    merged = {each.id for each in cases if each.state is CaseState.MERGED}
    assert merged == {each.id for each in cases if each.merged_into is not None}
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        held = await tx.rows(Held, _HELD, tenant.oem_id, list(merged))
        assert {each.id for each in held} == merged
        for each in held:
            assert each.holder_state is not CaseState.MERGED
            assert each.dealer_id == each.holder_dealer_id
            assert each.holder_state is not CaseState.RECEIVED
            if each.result_told_at is None:
                assert each.holder_state not in FINAL, "nobody waits in a case that has ended"
            running = await tx.rows(Running, _RUNNING, tenant.oem_id, each.holder_id)
            due = {one.metric: one.due_at for one in running}
            paused = within(spans_of(each.holder_pauses), each.closed_at)
            for _, plan in each.merged_clocks.own:
                if paused and plan.metric in PauseRules().metrics:
                    continue
                if each.closed_at >= each.holder_began_at and plan.metric not in BEGUN_LATER:
                    assert due.get(plan.metric.value, plan.due_at) <= plan.due_at
        assert await tx.value(_ONE_SIDED, tenant.oem_id) == 0


def actors_of(tenant: Tenant) -> list[Actor]:
    """Everybody who may come upon these cases, and some who may not."""
    roles = [Role.ADVISOR, Role.SERVICE_MANAGER, Role.STATION_HEAD, Role.TECHNICIAN, Role.READER]
    roles += [Role.CUSTOMER_RELATIONS, Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE]
    customer = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, Scope.dealer(tenant.oem_id, tenant.here), "客户")
    return [
        *(tenant.actor(role) for role in roles),
        tenant.api_key(tenant.here),
        tenant.actor(Role.SERVICE_MANAGER, tenant.sibling),
        customer,
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_no_walk_over_several_cases_breaks_a_rule(tenant: Tenant, seed: int):
    """R1.7, R3, R4: every role, every door, mergers and links among everything else."""
    chance = random.Random(seed)
    actors = actors_of(tenant)
    at = MONDAY
    cases = [await new_case(chance, tenant, at) for _ in range(3)]
    for _ in range(STEPS_PER_WALK):
        if len(cases) < MOST_CASES and chance.random() < 0.05:
            cases.append(await new_case(chance, tenant, at))
        at += timedelta(minutes=chance.choice([1, 20, 90, 600]))
        place = chance.randrange(len(cases))
        case, others = cases[place], [each for each in cases if each is not cases[place]]
        if chance.random() < 0.2:
            told = tenant.people[tenant.here, Role.SERVICE_MANAGER]
            await sweep(tenant, case.id, at, told)
        version = chance.choice([None, case.version, case.version, case.version - 1])
        needed, of_pair = of_pairs(chance, others)
        lot = chance.random()
        actor = chance.choice(actors)
        with contextlib.suppress(AppError):
            if lot < 0.4:
                await of_pair(actor, case.id, version, at)
                assert may(actor.role, needed)
                assert actor.scope.dealer_ids != (tenant.sibling,), "another dealer's case is none"
            elif case.state in ONWARD and lot < 0.7:
                await step_of(*ONWARD[case.state])(tenant.actor(Role.HEAD_OFFICE), case.id, version, at)
            else:
                await (await some_step(chance, tenant, case.id))(actor, case.id, version, at)
        # What moved to another dealer is out of reach of most; a fresh one takes its place.
        cases = [await assert_sound(tenant, each.id, at) for each in cases]
        await assert_mergers_sound(tenant, cases)
        over = chance.random() < 0.3
        cases = [
            await new_case(chance, tenant, at)
            if each.dealer_id != tenant.here or (over and each.state in FINAL - {CaseState.MERGED})
            else each
            for each in cases
        ]
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        kinds = set(await tx.values(_KINDS, tenant.oem_id))
    assert kinds >= MERGERS
