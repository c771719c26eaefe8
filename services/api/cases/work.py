"""The work on a case: points, diagnosis, plan, execution, compensation, tasks (R3.1, R3.2, R3.4, R3.5)."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases import work_schemas as schemas
from services.api.cases.schemas import example
from shared.cases import queries, reveals, service
from shared.cases.masking import work_seen
from shared.cases.views import CaseView
from shared.cases.work_views import CaseWork
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_COMMANDS = ["The work on a case"]


@get("/cases/{case_id:uuid}/work", tags=_COMMANDS, summary="Its work", operation_id="getWork")
async def get_work(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> CaseWork:
    """Complained points, diagnoses, plans, tasks, and compensations with their approvals.

    `agreed_by` is partly hidden where the case is `masked`.
    """
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        work = await queries.work_of(tx, actor.oem_id, case_id)
        case = await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))
    return work_seen(work, masked=case.masked)


@post(
    "/cases/{case_id:uuid}/points",
    tags=_COMMANDS,
    summary="Add complained points",
    operation_id="addPoints",
    status_code=200,
)
async def add_points(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.AddPoints, example("Two points", points=["低速转向异响", "仪表故障灯点亮"], version=2)
    ],
) -> CaseView:
    """Write down what the customer complains of, point by point."""
    return await service.add_points(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/diagnoses",
    tags=_COMMANDS,
    summary="Diagnose",
    operation_id="diagnoseCase",
    status_code=200,
)
async def diagnose(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Diagnose,
        example(
            "A finding",
            findings="转向节球头间隙超差",
            checklist=[{"item": "球头间隙", "result": "not_ok", "value": "0.8 mm"}],
            temporary_measure="提供代步车",
            version=3,
        ),
    ],
) -> CaseView:
    """Write down what was found out; a new or hard fault becomes a task of technical support."""
    return await service.diagnose(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/agreement",
    tags=_COMMANDS,
    summary="Record the agreement",
    operation_id="recordAgreement",
    status_code=200,
)
async def agree(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Agree, example("By phone", agreed_by="张测试", via="phone", version=4)],
) -> CaseView:
    """Record that the customer agrees to the plan: who, how, and when."""
    return await service.agree(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/visit",
    tags=_COMMANDS,
    summary="Confirm the visit",
    operation_id="confirmVisit",
    status_code=200,
)
async def confirm_visit(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.ConfirmVisit,
        example(
            "At noon",
            via="phone",
            window_from="2030-03-04T04:00:00Z",
            window_until="2030-03-04T06:00:00Z",
            version=5,
        ),
    ],
) -> CaseView:
    """The customer has confirmed the visit; without it no step of it can be recorded."""
    return await service.confirm_visit(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/steps",
    tags=_COMMANDS,
    summary="Record a step",
    operation_id="executeStep",
    status_code=200,
)
async def execute_step(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.ExecuteStep,
        example(
            "A part replaced", step="更换左前转向节球头", measured="0.1 mm", parts="球头 1 件", version=5
        ),
    ],
) -> CaseView:
    """Record a key step, what was measured, which parts went in and what is charged."""
    return await service.execute_step(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/verify",
    tags=_COMMANDS,
    summary="Verify",
    operation_id="verifyCase",
    status_code=200,
)
async def verify(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Verify,
        example(
            "Test drive",
            check="路试 10 公里，无异响",
            points=["低速转向异响"],
            signed_off_by="张测试",
            version=6,
        ),
    ],
) -> CaseView:
    """The functional check; refused until every complained point is confirmed."""
    return await service.verify(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/verdict",
    tags=_COMMANDS,
    summary="Give a verdict",
    operation_id="judgeCase",
    status_code=200,
)
async def judge(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Judge,
        example(
            "On the roadmap",
            verdict="roadmap",
            reply="感谢您的建议，已纳入产品规划",
            told_via="phone",
            version=2,
        ),
    ],
) -> CaseView:
    """Tell the customer what becomes of a suggestion or an experience, which answers the complaint."""
    return await service.judge(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/survey",
    tags=_COMMANDS,
    summary="Record satisfaction",
    operation_id="surveyCase",
    status_code=200,
)
async def survey(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Survey,
        example("Satisfied", satisfied_with_process=True, satisfied_with_result=True, version=7),
    ],
) -> CaseView:
    """Record whether the customer is satisfied with process and result."""
    return await service.survey(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/compensations",
    tags=_COMMANDS,
    summary="Compensate",
    operation_id="compensateCase",
    status_code=200,
)
async def compensate(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Compensate,
        example(
            "A voucher",
            kind="voucher",
            amount_minor=30000,
            currency="CNY",
            reason="多次往返的补偿",
            version=3,
        ),
    ],
) -> CaseView:
    """Give something within one's own limit; above it, ask for it up the chain.

    The limit counts all that the case gets of the kind in the present cycle.
    """
    return await service.compensate(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/compensations/{compensation_id:uuid}/approve",
    tags=_COMMANDS,
    summary="Approve",
    operation_id="approveCompensation",
    status_code=200,
)
async def approve(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    compensation_id: FromPath[UUID],
    data: Annotated[schemas.Approve, example("Approved", reason="同意", version=4)],
) -> CaseView:
    """Let a compensation be given that somebody below asked for."""
    return await service.approve(actor, case_id, compensation_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/compensations/{compensation_id:uuid}/decline",
    tags=_COMMANDS,
    summary="Decline",
    operation_id="declineCompensation",
    status_code=200,
)
async def decline(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    compensation_id: FromPath[UUID],
    data: Annotated[schemas.Decline, example("Declined", reason="请先说明维修方案", version=4)],
) -> CaseView:
    """A compensation that somebody below asked for is not given."""
    return await service.decline(actor, case_id, compensation_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/compensations/{compensation_id:uuid}/give",
    tags=_COMMANDS,
    summary="Give",
    operation_id="giveCompensation",
    status_code=200,
)
async def give(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    compensation_id: FromPath[UUID],
    data: Annotated[schemas.GiveCompensation, example("Given", version=5)],
) -> CaseView:
    """What was approved has been given; refused before the approval."""
    return await service.give(actor, case_id, compensation_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/compensations/{compensation_id:uuid}/drop",
    tags=_COMMANDS,
    summary="Drop",
    operation_id="dropCompensation",
    status_code=200,
)
async def drop(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    compensation_id: FromPath[UUID],
    data: Annotated[schemas.DropCompensation, example("Dropped", reason="客户不再要求", version=5)],
) -> CaseView:
    """A compensation asked for or approved is not needed any more."""
    return await service.drop(actor, case_id, compensation_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/tasks",
    tags=_COMMANDS,
    summary="Add a task",
    operation_id="addTask",
    status_code=200,
)
async def add_task(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.AddTask,
        example("Analysis", department="technical_support", title="分析拆下的球头", version=3),
    ],
) -> CaseView:
    """Give another department something to do; the case keeps its one owner."""
    return await service.add_task(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/tasks/{task_id:uuid}/finish",
    tags=_COMMANDS,
    summary="Finish a task",
    operation_id="finishTask",
    status_code=200,
)
async def finish_task(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    task_id: FromPath[UUID],
    data: Annotated[schemas.FinishTask, example("Done", outcome="确认为批次质量问题", version=4)],
) -> CaseView:
    """The task is done."""
    return await service.finish_task(actor, case_id, task_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/tasks/{task_id:uuid}/cancel",
    tags=_COMMANDS,
    summary="Cancel a task",
    operation_id="cancelTask",
    status_code=200,
)
async def cancel_task(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    task_id: FromPath[UUID],
    data: Annotated[schemas.CancelTask, example("Not needed", reason="已由厂家分析", version=4)],
) -> CaseView:
    """The task is not needed any more."""
    return await service.cancel_task(actor, case_id, task_id, data, version=data.version)


HANDLERS = [
    get_work,
    add_points,
    diagnose,
    agree,
    confirm_visit,
    execute_step,
    verify,
    judge,
    survey,
    compensate,
    approve,
    decline,
    give,
    drop,
    add_task,
    finish_task,
    cancel_task,
]
