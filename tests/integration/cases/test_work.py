"""The work on a case on the real tables: diagnosis, plan, agreement, execution, verification, tasks."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import service
from shared.cases.commands import AddNote, Classify, Close, ContactChannel, Judge, Survey
from shared.cases.intake import Intake
from shared.cases.vocabulary import CaseState, Channel, Department, Kind
from shared.cases.work_commands import (
    AddPoints,
    AddTask,
    CancelTask,
    CheckItem,
    ConfirmVisit,
    Diagnose,
    FinishTask,
    Plan,
    Verify,
)
from shared.cases.work_vocabulary import AgreementWay, CheckResult, Payer, PlanType, TaskState, Verdict
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind
from tests.integration.cases.walking import (
    AGREED,
    CAUSE,
    NOON,
    PLANNED,
    SPOKEN,
    STEP,
    TOLD,
    events,
    history,
    new_case,
    walk,
    work_of,
)
from tests.support.tenant import MONDAY, Tenant


async def refused(error: type[AppError], code: str, work: Any) -> AppError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def test_a_fault_goes_over_every_step(tenant: Tenant):
    """R3.3, R3.4, R3.5: every step leaves its record, its event and its entry."""
    advisor = tenant.actor(Role.ADVISOR)
    technician = tenant.actor(Role.TECHNICIAN)
    case = await new_case(tenant)
    assert (case.points, case.open_points) == (2, 2)
    await walk(advisor, case.id, SPOKEN)
    found = Diagnose(
        findings="转向节球头间隙超差",
        checklist=(CheckItem(item="球头间隙", result=CheckResult.NOT_OK, value="0.8 mm"),),
        repair_history="三个月前做过四轮定位",
        temporary_measure="提供代步车",
    )
    case = await service.diagnose(technician, case.id, found, version=None, as_of=NOON)
    assert case.state is CaseState.DIAGNOSED
    plan = Plan(
        plan="更换左前球头",
        type=PlanType.WORKSHOP,
        alternative="先更换总成再索赔",
        parts="球头 1 件",
        promised_at=NOON + timedelta(days=1),
        cost_minor=0,
        currency="CNY",
        payer=Payer.WARRANTY,
        window_from=NOON + timedelta(hours=2),
        window_until=NOON + timedelta(hours=4),
        told_via=ContactChannel.PHONE,
    )
    case = await walk(advisor, case.id, plan, AGREED)
    assert case.state is CaseState.AGREED
    case = await walk(technician, case.id, STEP)
    assert (case.state, case.work_unverified) == (CaseState.EXECUTING, True)
    work = await work_of(tenant, case.id)
    checked = Verify(
        check="路试 10 公里", confirmed=tuple(each.id for each in work.points), signed_off_by="张测试"
    )
    case = await walk(technician, case.id, checked)
    assert (case.state, case.open_points, case.work_unverified) == (CaseState.VERIFIED, 0, False)
    case = await walk(advisor, case.id, TOLD)
    satisfied = Survey(satisfied_with_process=True, satisfied_with_result=False, comment="等待时间长")
    case = await service.survey(advisor, case.id, satisfied, version=None, as_of=NOON)
    assert (case.state, case.satisfied_with_result) == (CaseState.SURVEYED, False)
    case = await walk(tenant.actor(Role.SERVICE_MANAGER), case.id, CAUSE)
    assert case.state is CaseState.CLOSED
    work = await work_of(tenant, case.id)
    assert [each.confirmed_by for each in work.points] == [technician.name] * 2
    assert work.diagnoses[0].checklist[0].value == "0.8 mm"
    agreed = work.plan_of(1)
    assert agreed is not None
    assert (agreed.agreed_by, agreed.agreed_via, agreed.agreed_at) == ("张测试", AgreementWay.PHONE, NOON)
    assert (agreed.payer, agreed.cost_minor, agreed.window_until) == (Payer.WARRANTY, 0, plan.window_until)
    kinds = [each.kind for each in await history(tenant, case.id)]
    assert kinds == [
        "register",
        "log_contact",
        "diagnose",
        "tell_plan",
        "agree",
        "execute_step",
        "verify",
        "resolve",
        "survey",
        "close",
    ]
    assert {"case.diagnosed", "case.agreed", "case.worked_on", "case.verified", "case.surveyed"} <= set(
        await events(tenant, case.id)
    )


async def test_work_is_not_verified_until_every_complained_point_is_confirmed(tenant: Tenant):
    """R3.5."""
    technician = tenant.actor(Role.TECHNICIAN)
    case = await new_case(tenant)
    await walk(tenant.actor(Role.ADVISOR), case.id, SPOKEN, PLANNED, AGREED)
    await walk(technician, case.id, STEP)
    first, second = (each.id for each in (await work_of(tenant, case.id)).points)
    half = Verify(check="路试", confirmed=(first,))
    await refused(Conflict, "points_not_confirmed", walk(technician, case.id, half))
    assert [each.confirmed_at for each in (await work_of(tenant, case.id)).points] == [None, None]
    unknown = Verify(check="路试", confirmed=(uuid4(),))
    await refused(Invalid, "invalid_input", walk(technician, case.id, unknown))
    advisor = tenant.actor(Role.ADVISOR)
    await refused(Conflict, "not_verified", walk(advisor, case.id, TOLD))
    # A new plan is no way round the check.
    await walk(advisor, case.id, PLANNED)
    await refused(Conflict, "not_verified", walk(advisor, case.id, TOLD))
    await walk(advisor, case.id, AGREED)
    await walk(technician, case.id, STEP, Verify(check="路试", confirmed=(first, second)))
    assert (await walk(advisor, case.id, TOLD)).state is CaseState.RESULT_TOLD


async def test_points_nobody_wrote_down_can_be_named_when_verifying(tenant: Tenant):
    """R3.5."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words="空调不制冷"))
    await walk(advisor, case.id, SPOKEN, PLANNED, AGREED, STEP)
    await refused(Conflict, "no_points", walk(advisor, case.id, Verify(check="试车")))
    case = await walk(advisor, case.id, Verify(check="出风口 6 ℃", points=("空调不制冷", "空调不制冷 ")))
    assert (case.state, case.points, case.open_points) == (CaseState.VERIFIED, 1, 0)
    late = AddPoints(points=("异味",))
    await refused(
        Conflict, "already_verified", service.add_points(advisor, case.id, late, version=None, as_of=NOON)
    )


async def test_nothing_is_done_before_the_customer_agrees_to_the_present_plan(tenant: Tenant):
    """R3.4."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN, PLANNED)
    await refused(Conflict, "customer_not_agreed", walk(advisor, case.id, STEP))
    await walk(advisor, case.id, AGREED)
    await walk(advisor, case.id, msgspec.structs.replace(PLANNED, plan="更换总成"), at=NOON)
    await refused(Conflict, "customer_not_agreed", walk(advisor, case.id, STEP))
    plans = (await work_of(tenant, case.id)).plans
    assert [each.agreed_by for each in plans] == ["张测试", None]


async def test_a_visit_is_confirmed_before_departure(tenant: Tenant):
    """R3.4."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    visit = Plan(plan="上门检查", type=PlanType.ON_SITE)
    await walk(advisor, case.id, SPOKEN, visit, AGREED)
    await refused(Conflict, "visit_not_confirmed", walk(advisor, case.id, STEP))
    confirmed = ConfirmVisit(
        via=ContactChannel.PHONE,
        window_from=NOON + timedelta(hours=1),
        window_until=NOON + timedelta(hours=2),
    )
    await service.confirm_visit(advisor, case.id, confirmed, version=None, as_of=NOON)
    assert (await walk(advisor, case.id, STEP)).state is CaseState.EXECUTING
    plan = (await work_of(tenant, case.id)).plan_of(1)
    assert plan is not None
    assert (plan.visit_confirmed_at, plan.window_from) == (NOON, confirmed.window_from)


async def test_no_visit_can_be_confirmed_that_is_not_planned(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN, PLANNED)
    confirmed = ConfirmVisit(via=ContactChannel.PHONE)
    await refused(
        Conflict,
        "no_visit_planned",
        service.confirm_visit(advisor, case.id, confirmed, version=None, as_of=NOON),
    )


async def test_the_customer_agrees_by_the_link_and_only_he_does(tenant: Tenant):
    """R3.4: who, when, how."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN, PLANNED)
    by_link = msgspec.structs.replace(AGREED, via=AgreementWay.LINK)
    await refused(Invalid, "invalid_input", walk(advisor, case.id, by_link))
    owner = Actor(
        ActorKind.CUSTOMER,
        Role.CUSTOMER,
        tenant.actor(Role.ADMINISTRATOR).scope,
        "张测试",
        id=case.customer_id,
    )
    await refused(Invalid, "invalid_input", walk(owner, case.id, AGREED))
    await refused(Forbidden, "not_permitted", walk(owner, case.id, STEP))
    case = await walk(owner, case.id, by_link)
    assert case.state is CaseState.AGREED
    last = (await history(tenant, case.id))[-1]
    assert (last.kind, last.actor_kind, last.actor_id) == ("agree", "customer", case.customer_id)


async def test_an_agreement_lies_between_the_plan_and_now(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN, PLANNED)
    for at, code in ((MONDAY, "before_the_plan"), (NOON + timedelta(days=1), "in_the_future")):
        error = await refused(
            Invalid,
            "invalid_input",
            walk(advisor, case.id, msgspec.structs.replace(AGREED, agreed_at=at)),
        )
        assert error.fields[0].code == code


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"cost_minor": 5}, "currency", "required"),
        ({"cost_minor": 5, "currency": "CNY"}, "payer", "required"),
        ({"window_from": NOON + timedelta(hours=2)}, "window_until", "required"),
        (
            {"window_from": NOON + timedelta(hours=2), "window_until": NOON + timedelta(hours=1)},
            "window_until",
            "ends_before_it_begins",
        ),
        ({"promised_at": NOON}, "promised_at", "promised_in_past"),
        ({"promised_at": NOON.replace(tzinfo=None)}, "promised_at", "time_zone_missing"),
    ],
)
async def test_a_plan_that_says_half_a_thing_is_refused(
    tenant: Tenant, wrong: dict[str, Any], field: str, code: str
):
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await walk(advisor, case.id, SPOKEN)
    error = await refused(
        Invalid, "invalid_input", walk(advisor, case.id, msgspec.structs.replace(PLANNED, **wrong))
    )
    assert [(each.field, each.code) for each in error.fields] == [(field, code)]


async def test_a_hard_fault_becomes_a_task_of_technical_support(tenant: Tenant):
    """R3.1, R3.4."""
    technician = tenant.actor(Role.TECHNICIAN)
    case = await new_case(tenant)
    hard = Diagnose(findings="无法复现的电子助力失效。需厂家支持", needs_technical_support=True)
    case = await service.diagnose(technician, case.id, hard, version=None, as_of=NOON)
    [task] = (await work_of(tenant, case.id)).tasks
    assert (task.department, task.title) == (Department.TECHNICAL_SUPPORT, "无法复现的电子助力失效")
    assert (case.open_tasks, case.owner_id) == (1, tenant.actor(Role.ADVISOR).id)


async def test_a_case_with_open_tasks_is_not_closed(tenant: Tenant):
    """R3.1: several departments, one responsible."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    technician = tenant.actor(Role.TECHNICIAN)
    case = await new_case(tenant)
    wanted = AddTask(
        department=Department.PARTS,
        title="确认球头到货",
        assignee_id=technician.id,
        due_at=NOON + timedelta(days=1),
    )
    await service.add_task(advisor, case.id, wanted, version=None, as_of=NOON)
    other = AddTask(department=Department.QUALITY, title="批次排查")
    await service.add_task(manager, case.id, other, version=None, as_of=NOON)
    await walk(advisor, case.id, TOLD)
    await refused(Conflict, "tasks_open", walk(manager, case.id, CAUSE))
    first, second = (await work_of(tenant, case.id)).tasks
    assert (first.assignee_name, first.state) == (technician.name, TaskState.OPEN)
    done = FinishTask(outcome="已到货")
    await service.finish_task(technician, case.id, first.id, done, version=None, as_of=NOON)
    await refused(
        Conflict,
        "task_ended",
        service.finish_task(technician, case.id, first.id, done, version=None, as_of=NOON),
    )
    dropped = CancelTask(reason="不属于批次问题")
    case = await service.cancel_task(manager, case.id, second.id, dropped, version=None, as_of=NOON)
    assert case.open_tasks == 0
    assert (await walk(manager, case.id, CAUSE)).state is CaseState.CLOSED


async def test_a_task_of_another_case_is_not_found(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    mine, other = await new_case(tenant), await new_case(tenant)
    task = AddTask(department=Department.PARTS, title="查库存")
    await service.add_task(advisor, other.id, task, version=None, as_of=NOON)
    [found] = (await work_of(tenant, other.id)).tasks
    done = FinishTask(outcome="有货")
    await refused(
        NotFound,
        "task_not_found",
        service.finish_task(advisor, mine.id, found.id, done, version=None, as_of=NOON),
    )


@pytest.mark.parametrize(
    ("kind", "words", "verdict"),
    [
        (Kind.SUGGESTION, "建议增加夜间提车服务", Verdict.ROADMAP),
        (Kind.USAGE_EXPERIENCE, "中控屏菜单层级太深，使用不便", Verdict.ITERATION_LIST),
    ],
)
async def test_a_suggestion_takes_its_short_path(tenant: Tenant, kind: Kind, words: str, verdict: Verdict):
    """R3.7: a verdict and thanks, closed without root cause."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words=words))
    await refused(Conflict, "result_not_told", walk(manager, case.id, Close()))
    await _of_kind(tenant, case.id, kind)
    other = Verdict.SERVICE_MEASURE if kind is Kind.SUGGESTION else Verdict.ROADMAP
    reply = Judge(verdict=other, reply="感谢您的建议", told_via=ContactChannel.PHONE)
    await refused(Invalid, "invalid_input", service.judge(manager, case.id, reply, version=None, as_of=NOON))
    right = msgspec.structs.replace(reply, verdict=verdict)
    case = await service.judge(manager, case.id, right, version=None, as_of=NOON)
    assert (case.state, case.verdict, case.result) == (CaseState.RESULT_TOLD, verdict, "感谢您的建议")
    assert (await walk(manager, case.id, Close())).state is CaseState.CLOSED


async def test_a_suggestion_is_declined_with_reason_and_alternative(tenant: Tenant):
    """R3.7."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant, Intake(channel=Channel.PHONE, words="建议增加手动挡车型"))
    await _of_kind(tenant, case.id, Kind.SUGGESTION)
    bare = Judge(verdict=Verdict.DECLINED, reply="感谢建议", told_via=ContactChannel.EMAIL)
    error = await refused(
        Invalid, "invalid_input", service.judge(manager, case.id, bare, version=None, as_of=NOON)
    )
    assert [each.field for each in error.fields] == ["reason", "alternative"]
    full = msgspec.structs.replace(bare, reason="市场需求不足", alternative="可选运动模式")
    case = await service.judge(manager, case.id, full, version=None, as_of=NOON)
    assert case.verdict is Verdict.DECLINED


async def test_a_complaint_gets_no_verdict(tenant: Tenant):
    """R3.7, R3.9."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    verdict = Judge(verdict=Verdict.ROADMAP, reply="感谢", told_via=ContactChannel.PHONE)
    await refused(
        Conflict, "not_for_this_kind", service.judge(manager, case.id, verdict, version=None, as_of=NOON)
    )
    await walk(manager, case.id, TOLD)
    await refused(Invalid, "invalid_input", walk(manager, case.id, Close(root_cause="原因")))


async def test_a_note_mentions_people_who_can_see_the_case(tenant: Tenant):
    """R3.6."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    head = tenant.people[tenant.here, Role.STATION_HEAD]
    note = AddNote(text="请看一下", mentions=(head, head))
    await service.add_note(advisor, case.id, note, version=None, as_of=NOON)
    assert (await history(tenant, case.id))[-1].data["mention_ids"] == [str(head)]
    assert "case.mentioned" in await events(tenant, case.id)
    stranger = tenant.people[tenant.sibling, Role.ADVISOR]
    for unknown in (stranger, uuid4()):
        wrong = AddNote(text="请看一下", mentions=(unknown,))
        await refused(
            Invalid, "invalid_input", service.add_note(advisor, case.id, wrong, version=None, as_of=NOON)
        )


async def _of_kind(tenant: Tenant, case_id: UUID, kind: Kind) -> None:
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await service.classify(manager, case_id, Classify(kind=kind), version=None, as_of=NOON)
